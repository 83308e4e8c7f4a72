/** Requests and commands that pages show, made from the address of the server that shows them. */
import { EXAMPLE_REQUEST } from './example.ts';
import type { SiteModel } from './models.ts';

/** Where a reader of the page gets an API key: the development server writes one to a file. */
export function apiKeyLine(site: SiteModel): string {
  return site.environment === 'development'
    ? `API_KEY=$(node -p "require('./.craton/dev-credentials.json').boundary_api_key")`
    : 'API_KEY=craton_bnd_...   # your key';
}

/** Asks for a verdict and keeps the answer in `response.json`. */
export function checkCommand(site: SiteModel): string {
  return [
    `curl -s ${site.baseUrl}/v1/boundary/check \\`,
    '  -H "Authorization: Bearer $API_KEY" \\',
    "  -H 'Content-Type: application/json' \\",
    `  -d '${exampleRequestText()}' | tee response.json`,
  ].join('\n');
}

/** Fetches the bundle of the answer and verifies it with the server stopped or away. */
export function verifyCommands(site: SiteModel): string {
  return [
    `REQUEST_ID=$(node -p "require('./response.json').request_id")`,
    `curl -s "${site.baseUrl}/v1/receipts/$REQUEST_ID/bundle?form=full" \\`,
    '  -H "Authorization: Bearer $API_KEY" > bundle.json',
    './craton verify bundle.json --trust .craton/trust-policy.txt',
  ].join('\n');
}

/** The example request over several lines. */
export function exampleRequestText(): string {
  return JSON.stringify(JSON.parse(EXAMPLE_REQUEST), null, 2);
}
