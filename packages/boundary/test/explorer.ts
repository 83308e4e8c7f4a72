/** Asks every route of a running boundary well, badly and oddly, and keeps whatever it answers. */
import { request } from 'node:http';
import { connect } from 'node:net';
import { readFileSync } from 'node:fs';
import type { SecretSearch } from '@craton/policy';
import type { RouteDocument } from '@craton/service';
import { ALL_DOCUMENTS, API_DOCUMENTS } from '../src/http/api-document.ts';
import { ROLLOUT_DOCUMENTS } from '../src/http/rollout-documents.ts';
import { rolloutRequest } from './rollout-requests.ts';
import { goodRequest, type Sent, type Subjects } from './good-requests.ts';

import { sampleBody } from './sample.ts';

const OPENAPI = new URL('../../../spec/openapi.json', import.meta.url);
const PAGES = ['/', '/protocol', '/agent-api', '/verify', '/verify.html'];
const SIGN_IN = ['/operator/sign-in', '/operator/sign-in?step_up=1', '/operator/sign-in/callback'];
const BODY_BYTES_TOO_MANY = 300_000;
const HEADER_BYTES_TOO_MANY = 20_000;

/** What an explorer sends and must not get back. */
export interface Canaries {
  /** In every value that must be refused. */
  readonly canary: string;
  /** In every URL that has one. */
  readonly password: string;
  readonly key: string;
  readonly stagingKey: string;
  readonly operatorToken: string;
  /** Two who review, and one who can be erased. */
  readonly people: readonly { readonly act_id: string; readonly token: string }[];
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

type Values = Readonly<Record<string, unknown>>;

/** Each waits ten seconds. */
const LOGGED_ATTEMPTS_MAX = 6;

export class Explorer {
  /** Told to whoever sends it as an unknown member. */
  readonly memberName = 'name_of_an_unknown_member';
  /** Of a check that is accepted. */
  readonly reference = 'reference-of-an-accepted-check';
  readonly statuses = new Set<number>();
  /** Good requests whose answer was not 200, and routes that nobody knows how to ask. */
  readonly notAnswered: string[] = [];
  /** Requests with a canary where a value must be refused, that were not. */
  readonly acceptedCanaries: string[] = [];
  readonly keys = new Map<string, string>();
  asked = 0;
  readonly #address: URL;
  readonly #search: SecretSearch;
  readonly #canaries: Canaries;
  #subjects: Subjects;

  constructor(address: string, search: SecretSearch, canaries: Canaries) {
    this.#address = new URL(address);
    this.#search = search;
    this.#canaries = canaries;
    const { key, stagingKey, operatorToken, people } = canaries;
    const [person, proposer, erasable] = people;
    this.#subjects = {
      ...{ key, operatorToken, requestId: '', keyId: '', proposal: '', refusableProposal: '' },
      ...{ personToken: person?.token ?? '', proposerToken: proposer?.token ?? '' },
      ...{ holder: person?.act_id ?? '', actId: erasable?.act_id ?? '' },
    };
    people.forEach(({ token }, index) => this.keys.set(`the key of person ${index}`, token));
    this.keys.set('the key of the partner', key).set('the key of the operator', operatorToken);
    this.keys.set('the key for staging', stagingKey);
  }

  async explore(): Promise<void> {
    await this.#makeSubjects();
    this.#compareWithSpec();
    for (const document of API_DOCUMENTS) {
      await this.#askWell(document);
      await this.#askBadly(document);
      if (document.method === 'POST') await this.#sendBadBodies(document);
    }
    await this.#askAboutRollouts();
    await this.#askPages();
    await this.#askOddly();
    // Again, after everything: metrics of all of it, and receipts that are linked.
    for (const document of API_DOCUMENTS.filter(({ method }) => method === 'GET')) {
      await this.#askWell(document);
    }
  }

  /** A decision, and a key that can be revoked. */
  async #makeSubjects(): Promise<void> {
    const { key: partnerKey, stagingKey } = this.#canaries;
    const requestId = await this.#checkAndLog(partnerKey);
    // The log of staging has something to ask for only then.
    await this.#checkAndLog(stagingKey);
    const asked = { kind: 'bnd', partner_id: 'northstar_controls', scopes: ['check'] };
    const issued = await this.#send(
      {
        method: 'POST',
        url: '/operator/api/api-keys',
        headers: this.#json(this.#canaries.operatorToken),
        payload: Buffer.from(JSON.stringify(asked)),
      },
      'the answer with the issued key',
    );
    const { key, key_id: keyId } = JSON.parse(issued.body) as { key: string; key_id: string };
    this.keys.set('the issued key', key);
    const proposal = await this.#propose();
    const refusableProposal = await this.#propose();
    this.#subjects = { ...this.#subjects, requestId, keyId, proposal, refusableProposal };
  }

  /** For somebody else to confirm, or to refuse. */
  async #propose(): Promise<string> {
    const { proposerToken, holder } = this.#subjects;
    const asked = { role_holders: { risk_owner: [holder] }, reason: 'As agreed.' };
    const { body } = await this.#send({
      method: 'POST',
      url: '/operator/api/governance/role-holders',
      headers: this.#json(proposerToken),
      payload: Buffer.from(JSON.stringify(asked)),
    });
    return (JSON.parse(body) as { proposal: string }).proposal;
  }

  async #checkAndLog(key: string): Promise<string> {
    const check = await this.#send({
      method: 'POST',
      url: '/v1/boundary/check',
      headers: this.#json(key),
      payload: Buffer.from(sampleBody({ external_reference: this.reference })),
    });
    const { request_id: requestId } = JSON.parse(check.body) as { request_id: string };
    await this.#untilLogged(requestId, key);
    return requestId;
  }

  /** Until then there is neither checkpoint nor tile nor proof to ask for. */
  async #untilLogged(requestId: string, key: string): Promise<void> {
    const url = `/log/proof/${requestId}?wait=10`;
    const headers = { authorization: `Bearer ${key}` };
    for (let attempt = 0; attempt < LOGGED_ATTEMPTS_MAX; attempt++) {
      const { status } = await this.#send({ method: 'GET', url, headers });
      if (status === 200) return;
    }
    this.notAnswered.push(`GET ${url}`);
  }

  /** The routes that are asked are those of the document that everybody reads. */
  #compareWithSpec(): void {
    const { paths } = JSON.parse(readFileSync(OPENAPI, 'utf8')) as { paths: Values };
    const known = new Set(ALL_DOCUMENTS.map(({ path }) => path));
    this.notAnswered.push(...Object.keys(paths).filter((path) => !known.has(path)));
  }

  /** Of a rollout that is not there, with secrets where people type: none may come back. */
  async #askAboutRollouts(): Promise<void> {
    const { canary, password } = this.#canaries;
    const { personToken, key } = this.#subjects;
    for (const document of ROLLOUT_DOCUMENTS) {
      for (const token of [personToken, key, canary]) {
        const authorization = `Bearer ${token}`;
        await this.#send(rolloutRequest(document, { authorization }));
        await this.#send(rolloutRequest(document, { authorization, rolloutId: canary }));
        await this.#send(rolloutRequest(document, { authorization, reason: password }));
      }
    }
  }

  async #askWell(document: RouteDocument): Promise<void> {
    const sent = goodRequest(document, this.#subjects);
    const { status } = await this.#send(sent);
    if (status !== 200) this.notAnswered.push(`${document.method} ${sent.url} ${status}`);
  }

  async #askBadly(document: RouteDocument): Promise<void> {
    const { canary, password, key, operatorToken } = this.#canaries;
    const good = goodRequest(document, this.#subjects);
    const withHeaders = (headers: Values) => ({
      ...good,
      headers: { ...good.headers, ...headers } as Sent['headers'] & object,
    });
    const separator = good.url.includes('?') ? '&' : '?';
    const wrongKey = document.keyHolder === 'operator' ? key : operatorToken;
    const requests: Sent[] = [
      withHeaders({ authorization: `Bearer ${canary}` }),
      withHeaders({ authorization: `Bearer craton_bnd_development_${canary}${canary}` }),
      withHeaders({ authorization: `Basic ${Buffer.from(`u:${canary}`).toString('base64')}` }),
      withHeaders({ authorization: `Bearer ${wrongKey}` }),
      withHeaders({ 'content-type': `text/${canary}` }),
      withHeaders({ 'idempotency-key': `${canary}\t${canary}` }),
      withHeaders({
        referer: `https://u:${password}@host.example/${canary}`,
        origin: `https://${canary}.example`,
        cookie: `session=${canary}`,
        'user-agent': canary,
        'x-request-id': canary,
        'x-forwarded-for': canary,
        traceparent: canary,
        'if-none-match': `"${canary}"`,
      }),
      { ...good, url: `${good.url}${separator}extra=${canary}` },
      { ...good, url: `${good.url}${separator}from_seq=${canary}&limit=${canary}` },
      { ...good, url: `${good.url}/${canary}` },
      { ...good, method: 'DELETE', payload: Buffer.from(`{"x":"${canary}"}`) },
    ];
    for (const sent of requests) await this.#send(sent);
    if (!document.path.includes('{')) return;
    const url = document.path.replaceAll(/\{[a-z_]+\}/g, encodeURIComponent(`${canary}: "<>`));
    await this.#refused({ ...good, url });
    await this.#refused({ ...good, url: document.path.replaceAll(/\{[a-z_]+\}/g, canary) });
  }

  async #sendBadBodies(document: RouteDocument): Promise<void> {
    const { canary, password } = this.#canaries;
    const good = goodRequest(document, this.#subjects);
    const members = JSON.parse(bytesOf(good).toString()) as Values;
    const pem = `-----BEGIN PRIVATE KEY-----\n${canary}\n-----END PRIVATE KEY-----`;
    const values = [[[canary]], { x: canary }, `${canary}!\u0000`, pem.repeat(40)];
    const changed = Object.keys(members).flatMap((name) =>
      values.map((value) => JSON.stringify({ ...members, [name]: value })),
    );
    const bodies = [
      ...changed,
      JSON.stringify({ ...members, extra: canary }),
      JSON.stringify({ ...members, extra: `postgres://u:${password}@db.example/x` }),
      JSON.stringify([canary]),
      JSON.stringify(canary),
      canary,
      `{"case_id":"${canary}`,
      `{"a":"${canary}","a":"${canary}"}`,
      `{"a":"${canary}\\ud800"}`,
      `{"a":"${canary}","b":1e999}`,
      `${'['.repeat(40)}"${canary}"${']'.repeat(40)}`,
      `{"a":"${canary.repeat(BODY_BYTES_TOO_MANY / canary.length)}"}`,
    ];
    for (const body of bodies) await this.#refused({ ...good, payload: Buffer.from(body) });
    const named = { ...members, [this.memberName]: 1 };
    await this.#refused({ ...good, payload: Buffer.from(JSON.stringify(named)) });
    if (document.path !== '/v1/boundary/check') return;
    await this.#refused({ ...good, payload: Buffer.from(sampleBody({ case_id: pem })) });
  }

  /** Pages, and everything that they load, with the maps that it might have. */
  async #askPages(): Promise<void> {
    const loaded = new Set<string>();
    for (const url of PAGES) {
      const { status, body } = await this.#send({ method: 'GET', url });
      if (status !== 200) this.notAnswered.push(`GET ${url} ${status}`);
      for (const [, link = ''] of body.matchAll(/(?:src|href)="(\/[^"#]*)"/g)) loaded.add(link);
    }
    const { canary } = this.#canaries;
    const headers = { cookie: `craton_operator=${canary}; craton_sign_in=${canary}` };
    for (const url of [...SIGN_IN, `/operator/sign-in/callback?code=${canary}&state=${canary}`]) {
      await this.#send({ method: 'GET', url, headers });
    }
    for (const url of loaded) {
      await this.#send({ method: 'GET', url });
      await this.#send({ method: 'GET', url: `${url}.map` });
    }
  }

  async #askOddly(): Promise<void> {
    const { canary, password } = this.#canaries;
    const get = (target: string, headers = '') =>
      `GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${headers}\r\n`;
    const odd = [
      get(`/${canary}`),
      get(`/${canary}%zz`),
      get(`/v1/../${canary}/.env`),
      get(`http://u:${password}@127.0.0.1/${canary}`),
      get('/healthz', `X-Long: ${canary.repeat(HEADER_BYTES_TOO_MANY / canary.length)}\r\n`),
      get('/healthz', `Content-Length: 4\r\n\r\n${canary}`),
      get('/healthz', `${canary} : x\r\n`),
      `${canary} ${canary}\r\n\r\n`,
      `${canary.toUpperCase()} /healthz HTTP/1.1\r\nHost: x\r\n\r\n`,
      `GET /healthz HTTP/9.${canary}\r\n\r\n`,
    ];
    for (const bytes of odd) await this.#sendBytes(bytes);
  }

  async #refused(sent: Sent): Promise<void> {
    const { status } = await this.#send(sent);
    if (status < 400) {
      this.acceptedCanaries.push(`${String(sent.method)} ${sent.url}: ${bytesOf(sent).toString()}`);
    }
  }

  #json(key: string): Record<string, string> {
    return { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  }

  async #send({ method = 'GET', url, headers, payload }: Sent, place?: string): Promise<Answer> {
    const { hostname, port } = this.#address;
    const body = payload === undefined ? undefined : bytesOf({ url, payload });
    const length = body === undefined ? {} : { 'content-length': String(body.length) };
    const sent = { ...headers, ...length } as Record<string, string>;
    const answer = await new Promise<Answer & { headers: string }>((resolve, reject) => {
      const options = { hostname, port, method, path: url, headers: sent, agent: false };
      const outgoing = request(options, (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('end', () => {
          const text = Buffer.concat(chunks).toString('latin1');
          const { statusCode: status = 0, rawHeaders } = incoming;
          resolve({ status, body: text, headers: rawHeaders.join('\n') });
        });
      });
      outgoing.on('error', reject);
      outgoing.end(body);
    });
    this.#keep(place ?? `${method} ${url.slice(0, 60)} ${answer.status}`, answer);
    return answer;
  }

  #keep(place: string, { status, headers, body }: Answer & { headers: string }): void {
    this.asked++;
    this.statuses.add(status);
    // The address is only a name here; it was sent, not answered.
    const name = place.replaceAll(this.#canaries.canary, '...');
    this.#search.add(name, `${headers}\n\n${body}`);
  }

  async #sendBytes(bytes: string): Promise<void> {
    const { hostname, port } = this.#address;
    const text = await new Promise<string>((resolve) => {
      const socket = connect(Number(port), hostname).setEncoding('latin1');
      let received = '';
      socket.on('data', (part: string) => (received += part));
      socket.on('error', () => undefined);
      socket.on('close', () => {
        resolve(received);
      });
      socket.end(bytes);
    });
    const status = Number(text.slice(9, 12));
    this.#keep(`odd bytes ${status}`, { status, headers: '', body: text });
  }
}

/** The body of a request as it is sent; empty if there is none. */
function bytesOf({ payload }: Sent): Buffer {
  return payload instanceof Uint8Array ? Buffer.from(payload) : Buffer.alloc(0);
}
