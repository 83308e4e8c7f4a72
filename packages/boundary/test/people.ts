/** People, their tokens, and something that one of them proposed. */
import { encodeRecordBody, governanceChain } from '@craton/policy';
import type { Scope } from '../src/ledger/port.ts';
import { newActId } from '../src/people/sign-in.ts';
import { reasonOf } from '../src/rollout/reason.ts';
import { ENVIRONMENT, type Harness } from './harness.ts';

export interface TestPerson {
  readonly actId: string;
  readonly token: string;
}

let count = 0;

/** Somebody who is known, with a token of their own. */
export async function makePerson(
  harness: Harness,
  scopes: readonly Scope[] = ['read', 'review'],
): Promise<TestPerson> {
  const actId = newActId();
  const subject = `subject-${++count}`;
  const issuer = 'https://id.example';
  await harness.ledger.admin.apply({ kind: 'upsert_person', actId, issuer, subject });
  return { actId, token: await harness.makeKey({ kind: 'ops', actId, scopes }) };
}

/** Lets `proposer` propose that `holder` holds a role; answers the digest of the proposal. */
export async function makeProposal(
  { ledger: { admin, operatorRecords } }: Harness,
  proposer: string,
  holder: string,
): Promise<`sha256:${string}`> {
  const chain = governanceChain(ENVIRONMENT);
  const body = { role_holders: { security_owner: [holder] }, ...reasonOf('As agreed.') };
  const bodyText = encodeRecordBody('governance', 'role_holders_proposed', body);
  const recordKind = 'role_holders_proposed';
  await admin.apply({ kind: 'append_record', chain, actor: proposer, recordKind, bodyText });
  return (await operatorRecords.readChain(chain)).at(-1)?.digest as `sha256:${string}`;
}

/** What requests about people and governance need. */
export interface PeopleSubjects {
  /** Of somebody who may review and has proposed nothing. */
  readonly personToken: string;
  /** Of whoever made the proposals. */
  readonly proposerToken: string;
  /** Somebody who can be erased. */
  readonly actId: string;
  /** Somebody who can hold a role. */
  readonly holder: string;
  readonly proposal: string;
  readonly refusableProposal: string;
}

export async function makePeople(harness: Harness): Promise<PeopleSubjects> {
  const [person, proposer, erasable] = [
    await makePerson(harness),
    await makePerson(harness),
    await makePerson(harness),
  ];
  return {
    personToken: person.token,
    proposerToken: proposer.token,
    actId: erasable.actId,
    holder: person.actId,
    proposal: await makeProposal(harness, proposer.actId, person.actId),
    refusableProposal: await makeProposal(harness, proposer.actId, proposer.actId),
  };
}
