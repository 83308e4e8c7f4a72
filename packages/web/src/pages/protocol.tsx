/** `/protocol` */
import type { ProtocolModel } from '../models.ts';
import { renderDocument } from '../parts/document.tsx';

export function protocolPage({ site }: ProtocolModel): string {
  return renderDocument({
    site,
    path: '/protocol',
    title: 'Protocol',
    description: 'How a receipt is made and how to check one.',
    children: (
      <>
        <h1>The receipt protocol</h1>
        <p>A receipt is a payload of canonical JSON and an Ed25519 signature over its bytes.</p>
      </>
    ),
  });
}
