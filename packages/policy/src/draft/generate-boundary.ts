/** The boundary object that a draft stands for: complete, loadable, read aloud and tried out. */
import type { Digest, Sha256 } from '@craton/protocol';
import { type LoadedPath, policyDigest } from '../load-path.ts';
import type { PathDocument } from '../path-document.ts';
import type { Draft } from './draft.ts';
import { type GenerationInputs, loadDraftPath, missingFields } from './draft-path.ts';
import { assumptionsFor } from './dry-run.ts';
import { compareExpected, type ExpectedComparison } from './expected-verdicts.ts';
import { SampleSpace } from './sample-requests.ts';
import { type PathReading, readPathAloud } from './read-path.ts';
import { type ExampleRequests, findExamples, mapVerdicts, type VerdictMap } from './verdict-map.ts';

/** A boundary object, or the members that must be filled before there can be one. */
export type GeneratedBoundary =
  | {
      readonly complete: true;
      readonly document: PathDocument;
      /** The `policy_digest` that receipts of this path would carry. */
      readonly digest: Digest;
      /** Checked and ready for dry runs. Holds functions: not JSON. */
      readonly path: LoadedPath;
    }
  | { readonly complete: false; readonly missing: readonly string[] };

/**
 * Generates the `craton.boundary.path.v1` document of a draft that was read by `readDraft`. The same
 * draft, salt and version give the same document.
 */
export function generateBoundary(
  draft: Draft,
  inputs: GenerationInputs,
  sha256?: Sha256,
): GeneratedBoundary {
  const missing = missingFields(draft);
  if (missing.length > 0) return { complete: false, missing };
  const path = loadDraftPath(draft, inputs);
  return {
    complete: true,
    document: path.document,
    digest: policyDigest(path.document, sha256),
    path,
  };
}

/** Everything that a preview shows of a boundary object. Nothing in it is signed. */
export interface BoundaryPreview {
  readonly dry_run: true;
  readonly reading: PathReading;
  readonly verdict_map: VerdictMap;
  readonly example_requests: ExampleRequests;
  readonly expected_verdicts: ExpectedComparison;
}

/** Reads a generated path aloud and tries it out. `evaluatedAt`: `now` of the rules. */
export function previewBoundary(
  draft: Draft,
  path: LoadedPath,
  evaluatedAt: string,
): BoundaryPreview {
  const assumed = assumptionsFor(path, evaluatedAt);
  const space = new SampleSpace(path, assumed);
  return {
    dry_run: true,
    reading: readPathAloud(path),
    verdict_map: mapVerdicts(path, assumed, space),
    example_requests: findExamples(path, assumed, space),
    expected_verdicts: compareExpected(draft, path, evaluatedAt),
  };
}
