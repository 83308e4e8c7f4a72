/** Reads `dev-credentials.json`, which the boundary writes when it starts in development. */
import { DEPTH_MAX, Members, parseStrict } from '@craton/protocol';
import { readFileOrFail } from '../files.ts';

export interface DevelopmentCredentials {
  /** Without a final slash. */
  readonly baseUrl: string;
  readonly boundaryApiKey: string;
  /** Absent in files of earlier versions. */
  readonly operatorToken?: string;
}

const URL_TEXT = (text: string): boolean => URL.canParse(text);
const KEY_TEXT = (text: string): boolean => /^[A-Za-z0-9_-]{1,200}$/.test(text);

/** Throws `ERR_FORMAT` naming the member that is missing or malformed. */
export function readCredentials(path: string): DevelopmentCredentials {
  const parsed = parseStrict(readFileOrFail(path), { numbers: 'safe', depthMax: DEPTH_MAX.other });
  const members = Members.of(parsed, 'dev-credentials', 'ERR_FORMAT');
  const operatorToken = members.optionalText('operator_token', KEY_TEXT);
  return {
    baseUrl: members.text('base_url', URL_TEXT).replace(/\/$/, ''),
    boundaryApiKey: members.text('boundary_api_key', KEY_TEXT),
    ...(operatorToken !== undefined && { operatorToken }),
  };
}
