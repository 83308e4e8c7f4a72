/** A real OpenID Connect provider on this machine, and a browser that signs in there. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Secret } from '@craton/service';
import Provider from 'oidc-provider';
import type { BoundaryServerPorts } from '../src/http/server.ts';
import { openPeople } from '../src/people/open-people.ts';

export const CLIENT_SECRET = 'canary-client-secret-3f1c9a';
const CLIENT_ID = 'craton';
const STEPS_MAX = 20;

export class TestProvider {
  readonly issuer: string;
  readonly #server: Server;

  private constructor(server: Server, issuer: string) {
    this.#server = server;
    this.issuer = issuer;
  }

  /** For clients whose pages are at `origin`. */
  static async open(origin: string): Promise<TestProvider> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const issuer = `http://127.0.0.1:${port}`;
    const provider = new Provider(issuer, {
      clients: [
        {
          client_id: CLIENT_ID,
          client_secret: CLIENT_SECRET,
          redirect_uris: [`${origin}/operator/sign-in/callback`],
          response_types: ['code'],
          grant_types: ['authorization_code'],
        },
      ],
      claims: { openid: ['sub'], profile: ['name'], email: ['email'] },
      cookies: { keys: ['a key for cookies of a test'] },
      findAccount: (_context, id) => ({
        accountId: id,
        claims: () => ({ sub: id, name: `Name of ${id}`, email: `${id}@id.example` }),
      }),
    });
    const handle = provider.callback();
    server.on('request', (request, response) => void handle(request, response));
    return new TestProvider(server, issuer);
  }

  /** How a boundary with these ports lets people sign in here. */
  peopleOf(ports: BoundaryServerPorts): ReturnType<typeof openPeople> {
    const { environment, isProductionLike, operatorRecords, admin, nowMs, baseUrl } = ports;
    return openPeople(
      {
        issuer: this.issuer,
        clientId: CLIENT_ID,
        clientSecret: new Secret(CLIENT_SECRET),
        allowsHttp: true,
      },
      { environment, isProductionLike, operatorRecords, admin, nowMs, origin: baseUrl },
    );
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

/** Cookies of one person's browser at the provider. */
export class ProviderBrowser {
  readonly #cookies = new Map<string, string>();
  readonly #login: string;

  constructor(login: string) {
    this.#login = login;
  }

  /** Goes where it is sent, fills in the forms, and answers the address that leads back to us. */
  async signIn(location: string): Promise<URL> {
    const { origin } = new URL(location);
    let answer = await this.#ask(location);
    for (let step = 0; step < STEPS_MAX; step++) {
      const next = answer.headers.get('location');
      if (next === null) {
        answer = await this.#submit(answer);
        continue;
      }
      const url = new URL(next, location);
      if (url.origin !== origin) return url;
      answer = await this.#ask(url.href);
    }
    throw new Error('The provider never led back.');
  }

  async #submit(page: Response): Promise<Response> {
    const html = await page.text();
    const [, action = ''] = /action="([^"]+)"/.exec(html) ?? [];
    const [, prompt = ''] = /name="prompt" value="([a-z]+)"/.exec(html) ?? [];
    if (prompt === '') throw new Error(`The provider shows no form: ${html.slice(0, 500)}`);
    const fields = { prompt, ...(prompt === 'login' && { login: this.#login, password: 'any' }) };
    return this.#ask(new URL(action, page.url).href, new URLSearchParams(fields));
  }

  async #ask(url: string, body?: URLSearchParams): Promise<Response> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(url, {
      redirect: 'manual',
      headers: { cookie },
      ...(body && { method: 'POST', body }),
    });
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '') this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
    return answer;
  }
}
