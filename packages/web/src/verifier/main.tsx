/** Entry of the browser's script: takes over the form that the server rendered. */
import { recomputeVerdict } from '@craton/policy';
import { hydrate } from 'preact';
import { Verifier } from './verifier.tsx';

const place = document.getElementById('verifier');
const data = document.getElementById('verifier-keys')?.textContent;
if (place) hydrate(<Verifier keysOfPage={data} recompute={recomputeVerdict} />, place);
