/** Reads `dev-credentials.json`, which the boundary writes when it starts in development. */
import { DEPTH_MAX, Members, parseStrict } from '@craton/protocol';
import { readFileOrFail, replaceFile, SECRET_MODE } from '../files.ts';

export interface DevelopmentCredentials {
  /** Without a final slash. */
  readonly baseUrl: string;
  readonly boundaryApiKey: string;
  /** Absent in files of earlier versions. */
  readonly operatorToken?: string;
  /** There once self-service runs. */
  readonly selfServiceApiKey?: string;
  /** Who plays the roles of a rollout on this machine; none in files of earlier versions. */
  readonly people: readonly DemoPerson[];
}

/** Somebody who exists on a development machine alone. */
export interface DemoPerson {
  readonly name: string;
  readonly actId: string;
  readonly roles: readonly string[];
  readonly token: string;
}

const SELF_SERVICE_MEMBER = 'self_service_api_key';
const URL_TEXT = (text: string): boolean => URL.canParse(text);
const KEY_TEXT = (text: string): boolean => /^[A-Za-z0-9_-]{1,200}$/.test(text);

/** Throws `ERR_FORMAT` naming the member that is missing or malformed. */
export function readCredentials(path: string): DevelopmentCredentials {
  const parsed = parseStrict(readFileOrFail(path), { numbers: 'safe', depthMax: DEPTH_MAX.other });
  const members = Members.of(parsed, 'dev-credentials', 'ERR_FORMAT');
  const selfServiceApiKey = members.optionalText(SELF_SERVICE_MEMBER, KEY_TEXT);
  const operatorToken = members.optionalText('operator_token', KEY_TEXT);
  return {
    baseUrl: members.text('base_url', URL_TEXT).replace(/\/$/, ''),
    boundaryApiKey: members.text('boundary_api_key', KEY_TEXT),
    ...(operatorToken !== undefined && { operatorToken }),
    ...(selfServiceApiKey !== undefined && { selfServiceApiKey }),
    people: members.has('people') ? members.membersList('people').map(readPerson) : [],
  };
}

function readPerson(person: Members): DemoPerson {
  return {
    name: person.text('name'),
    actId: person.text('act_id'),
    roles: person.textList('roles'),
    token: person.text('token', KEY_TEXT),
  };
}

/** Adds the key of self-service to the file, whose other members the boundary has written. */
export function writeSelfServiceKey(path: string, key: string): void {
  const parsed = parseStrict(readFileOrFail(path), { numbers: 'safe', depthMax: DEPTH_MAX.other });
  const { object } = Members.of(parsed, 'dev-credentials', 'ERR_FORMAT');
  const credentials = { ...object, [SELF_SERVICE_MEMBER]: key };
  replaceFile(path, `${JSON.stringify(credentials, undefined, 2)}\n`, SECRET_MODE);
}
