/** Requests and commands that pages show, made from the address of the server that shows them. */
import { EXAMPLE_REQUEST } from './example.ts';
import type { SiteModel } from './models.ts';

/** Reads the API key that a development server wrote into its folder. */
export const API_KEY_LINE = `API_KEY=$(node -p "require('./.craton/dev-credentials.json').boundary_api_key")`;

/** Where the two commands start a server, unless told otherwise. */
const LOCAL_URL = 'http://127.0.0.1:8080';

/** Address of the reader's own development server: this one, if it is one. */
function developmentUrl({ environment, baseUrl }: SiteModel): string {
  return environment === 'development' ? baseUrl : LOCAL_URL;
}

/** Asks a development server for a verdict and keeps the answer in `response.json`. */
export function checkCommand(site: SiteModel): string {
  return [
    `curl -s ${developmentUrl(site)}/v1/boundary/check \\`,
    '  -H "Authorization: Bearer $API_KEY" \\',
    "  -H 'Content-Type: application/json' \\",
    `  -d '${exampleRequestText()}' | tee response.json`,
  ].join('\n');
}

/** Fetches the bundle of the answer and verifies it with the server stopped or away. */
export function verifyCommands(site: SiteModel): string {
  return [
    `REQUEST_ID=$(node -p "require('./response.json').request_id")`,
    `curl -s "${developmentUrl(site)}/v1/receipts/$REQUEST_ID/bundle?form=full" \\`,
    '  -H "Authorization: Bearer $API_KEY" > bundle.json',
    './craton verify bundle.json --trust .craton/trust-policy.txt',
  ].join('\n');
}

/** The example request over several lines. */
export function exampleRequestText(): string {
  return JSON.stringify(JSON.parse(EXAMPLE_REQUEST), null, 2);
}
