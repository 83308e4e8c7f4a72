/** What must come out nowhere: the secrets of this process, in the forms in which they could. */
import { decodeBase64 } from '@craton/protocol';
import type { SecretOrigin } from '../../secret-origins.ts';

export interface OwnSecret {
  /** Of the setting. */
  readonly name: string;
  readonly forms: readonly (string | Uint8Array)[];
}

/** A shorter text could stand in an honest answer. */
const FORM_LENGTH_MIN = 8;
/** A shorter password could be a word. */
const PASSWORD_LENGTH_MIN = 12;
const SEED = /^(?:development:)?([A-Za-z0-9+/]{43}=)$/;

/** Of those that are set. */
export function ownSecrets(origins: readonly SecretOrigin[]): readonly OwnSecret[] {
  return origins.flatMap(({ name, text }) =>
    text === undefined ? [] : [{ name, forms: formsOf(text.expose()) }],
  );
}

function formsOf(text: string): readonly (string | Uint8Array)[] {
  const [, seed] = SEED.exec(text) ?? [];
  const forms = [
    text,
    ...(seed === undefined ? [] : [seed, decodeBase64(seed)]),
    ...passwordForms(text),
  ];
  return forms.filter(({ length }) => length >= FORM_LENGTH_MIN);
}

function passwordForms(text: string): readonly string[] {
  const { username, password } = URL.canParse(text) ? new URL(text) : {};
  if (password === undefined || password === '') return [];
  const given = decodeURIComponent(password);
  const alone = given.length >= PASSWORD_LENGTH_MIN ? [given] : [];
  return [`${username ?? ''}:${password}@`, ...alone];
}
