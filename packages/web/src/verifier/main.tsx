/** Entry of the browser's script: takes over the form that the server rendered. */
import { recomputeVerdict } from '@craton/policy';
import { hydrate } from 'preact';
import { Verifier, type VerifierData } from './verifier.tsx';

const place = document.getElementById('verifier');
const data = document.getElementById('verifier-data');
if (place && data) {
  hydrate(<Verifier data={parseData(data.textContent)} recompute={recomputeVerdict} />, place);
}

/** Written by the page that this script came with. */
function parseData(text: string): VerifierData {
  return JSON.parse(text) as VerifierData;
}
