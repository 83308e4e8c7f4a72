import { describe, expect, it } from 'vitest';
import { craton, fakeContext, jsonOf } from '../test/fake-context.ts';

/** Every command that does something. */
const COMMANDS = [
  'start',
  'serve boundary',
  'serve self-service',
  'smoke boundary',
  'smoke self-service',
  'check',
  'claim',
  'confirm',
  'verify',
  'keys root',
  'keys signing',
  'keys log',
  'keys posture',
  'keys attest',
  'keys rotate',
  'keys compromise',
  'keys list',
  'partners add',
  'partners list',
  'paths list',
  'paths show',
  'paths apply',
  'paths check',
  'draft compose',
  'draft preview',
  'draft save',
  'draft request-review',
  'draft withdraw',
  'draft show',
  'draft export',
  'drafts grant',
  'api-keys issue',
  'api-keys list',
  'api-keys revoke',
  'api-keys make',
  'events',
  'trust show',
  'trust make',
  'trust tlog',
  'trust compromised',
  'witness',
  'leak-search',
  'monitor',
  'export',
  'audit',
  'sample',
  'readiness',
  'rollout pull',
  'rollout list',
  'rollout status',
  'rollout timeline',
  'rollout evaluate',
  'rollout test-channel',
  'rollout evidence import',
  'rollout approve',
  'rollout reject',
  'rollout request-changes',
  'rollout withdraw-approval',
  'rollout acknowledge',
  'rollout review-break-glass',
  'rollout stage',
  'rollout deploy',
  'rollout rollback',
  'rollout suspend',
  'rollout break-glass',
  'rollout record verify',
  'doctor',
];

describe('the command line', () => {
  it.each(COMMANDS)('craton %s has help with examples, and takes --json', async (command) => {
    const { code, out, err } = await craton(fakeContext(), ...command.split(' '), '--help');
    expect(code).toBe(0);
    expect(err).toBe('');
    expect(out).toContain(`Usage: craton ${command}`);
    expect(out).toContain('--json');
    expect(out).toMatch(/Examples:\n {2}\S/);
  });

  it('lists every command in its help, and no other', async () => {
    const names = async (...args: string[]): Promise<string[]> => {
      const { out } = await craton(fakeContext(), ...args, '--help');
      const list = out.slice(out.indexOf('Commands:')).matchAll(/^ {2}([a-z][a-z-]*)/gm);
      return [...list].map(([, name = '']) => name).filter((name) => name !== 'help');
    };
    const below = async (...path: string[]): Promise<string[]> => {
      const found = (await names(...path)).map(async (name) => {
        const whole = [...path, name].join(' ');
        const isGroup = COMMANDS.some((command) => command.startsWith(`${whole} `));
        return isGroup ? below(...path, name) : [whole];
      });
      return (await Promise.all(found)).flat();
    };
    const found = await below();
    expect(found.sort()).toEqual([...COMMANDS].sort());
  });

  it.each([
    [['stat'], "Unknown command 'stat'. Did you mean start?"],
    [['keys', 'singing'], "Unknown command 'singing'. Did you mean signing?"],
    [['doctor', '--jsn'], "Unknown option '--jsn'. Did you mean --json?"],
    [['doctor', 'now'], 'Too many arguments'],
    [['verify', 'a', '--trust'], 'argument missing'],
    [[], 'A command is missing.'],
    [['keys'], 'A command is missing.'],
  ])('%j is a wrong command line: 64', async (args, message) => {
    const { code, out, err } = await craton(fakeContext(), ...args);
    expect(code).toBe(64);
    expect(out).toBe('');
    expect(err).toContain(message);
  });

  it('tells a wrong command line as JSON where JSON was asked for', async () => {
    const ran = await craton(fakeContext(), 'doctor', '--json', '--al');
    expect(ran.code).toBe(64);
    expect(jsonOf(ran)).toMatchObject({ object: 'craton.cli.failure.v1', exit_code: 64 });
  });

  it('prints its version', async () => {
    expect(await craton(fakeContext(), '--version')).toEqual({ code: 0, out: '0.0.0\n', err: '' });
  });

  it('ends with 70 and a trace for a fault of its own', async () => {
    const context = fakeContext({
      readStdin: () => Promise.reject(new TypeError('out of order')),
    });
    const trust = fakeContext();
    await craton(trust, 'keys', 'root', '--out', 'root.txt');
    await craton(
      trust,
      ...'trust make --root-key root.public.json --issuer a.example --environment test'.split(' '),
      ...['--out', 'trust.txt'],
    );
    const ran = await craton(context, 'verify', '-', '--trust', `${trust.cwd}/trust.txt`);
    expect(ran.code).toBe(70);
    expect(ran.err).toContain('a fault in Craton itself: TypeError: out of order');
  });
});
