/** Doctor: what readiness will say of these settings, before anything is started. */
import { CODE_TEXTS, evaluateReadiness, parseReadinessConfig } from '@craton/policy';
import type { CliContext } from '../context.ts';
import { type Finding, ok, problem } from './finding.ts';

const ID = 'readiness';
/** Where one of these is set, this machine is meant to run self-service. */
const OF_SELF_SERVICE = /^(?:SELF_SERVICE_|REQUIRE_SELF_SERVICE_|CRATON_SELF_SERVICE_API_KEYS)/;
/** The production side alone knows, and readiness hears it from there. */
const KNOWN_ELSEWHERE: readonly string[] = ['primary_database_url'];

/**
 * By the same function as readiness, from settings alone. What is unsafe is told everywhere; what is
 * missing only where self-service is configured. A URL in a secret file is not looked at here.
 */
export function checkReadiness({ env, now }: CliContext): Finding[] {
  const { config, misread } = parseReadinessConfig(env);
  const nothingMeasured = { nowMs: now(), ageMsMax: 0, crashed: false };
  const { detail } = evaluateReadiness(config, undefined, nothingMeasured);
  const names = Object.keys(env).filter((name) => env[name] !== undefined);
  const isMeant = names.some((name) => OF_SELF_SERVICE.test(name));
  const hasFile = names.includes('SELF_SERVICE_DATABASE_URL_FILE');
  const missing = detail.missing_next.filter(
    (code) =>
      isMeant &&
      !KNOWN_ELSEWHERE.includes(code) &&
      !(hasFile && code === 'self_service_database_url'),
  );
  const findings = [
    ...misread.map((name) => misreadFinding(name)),
    ...detail.blocked_by.map((code) => findingOf('blocked', code)),
    ...missing.map((code) => findingOf('missing', code)),
  ];
  if (findings.length > 0 || !isMeant) return findings;
  return [ok(ID, 'Nothing in these settings keeps a deployment review from starting.')];
}

function findingOf(status: 'blocked' | 'missing', code: keyof typeof CODE_TEXTS): Finding {
  const { sentence, fix } = CODE_TEXTS[code];
  return problem(code, status, [sentence, fix]);
}

function misreadFinding(name: string): Finding {
  return problem(ID, 'blocked', [
    `${name} means nothing as it stands, so it is read in the way that unlocks least.`,
    'Correct it, or remove it: the settings page says which forms it has.',
  ]);
}
