/** Style sheet and scripts: bundled once, named by their content, served without change for ever. */
import { createHash } from 'node:crypto';
import { bundleAll, type BundledFile } from './bundle.ts';
import type { Asset } from './models.ts';

const IMMUTABLE = 'public, max-age=31536000, immutable';

/** Name of an asset, without the hash that its path has. */
export type AssetName = 'site.css' | 'copy.js' | 'verify.js' | 'icon.svg';

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
};

interface Built {
  readonly path: string;
  readonly asset: Asset;
}

let built: ReadonlyMap<string, Built> | undefined;

/** Every file under `/assets/`, by its path. The first call bundles them, where no cache has them. */
export function assets(): ReadonlyMap<string, Asset> {
  return new Map([...builtAssets().values()].map(({ path, asset }) => [path, asset]));
}

/** Path of an asset as pages name it: `/assets/site.0123456789abcdef.css`. */
export function assetPath(name: AssetName): string {
  return builtAsset(name).path;
}

/** Text of an asset, for the single file. */
export function assetText(name: AssetName): string {
  return new TextDecoder().decode(builtAsset(name).asset.body);
}

/** `sha256-...` of an inlined text as content security policies spell it. */
export function sourceHash(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

function builtAsset(name: AssetName): Built {
  const asset = builtAssets().get(name);
  if (asset === undefined) throw new TypeError(`There is no asset ${name}.`);
  return asset;
}

function builtAssets(): ReadonlyMap<string, Built> {
  built ??= new Map(bundleAll().map((file) => [file.name, nameByContent(file)]));
  return built;
}

function nameByContent({ name, body, brotli }: BundledFile): Built {
  const hash = createHash('sha256').update(body).digest('hex').slice(0, 16);
  const [stem = '', extension = ''] = name.split('.');
  const contentType = CONTENT_TYPES[extension] ?? 'application/octet-stream';
  return {
    path: `/assets/${stem}.${hash}.${extension}`,
    asset: {
      contentType,
      body,
      brotli,
      etag: `"${hash}"`,
      cacheControl: IMMUTABLE,
    },
  };
}
