/** `/verify`, and the same verifier as one file. */
import type { VerifyModel } from '../models.ts';
import { assetPath } from '../assets.ts';
import { renderDocument } from '../parts/document.tsx';

export function verifyPage({ site }: VerifyModel): string {
  return renderDocument({
    site,
    path: '/verify',
    title: 'Verify',
    description: 'Check a receipt in your browser. Nothing is uploaded.',
    scripts: [assetPath('verify.js')],
    children: <h1>Verify a receipt</h1>,
  });
}

export function verifyHtmlFile(): string {
  return '<!doctype html>\n<html lang="en"><title>Verify</title></html>\n';
}
