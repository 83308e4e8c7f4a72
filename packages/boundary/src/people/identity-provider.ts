/** The OpenID Connect provider that says who people are (authorization code, PKCE, state, nonce). */
import { CratonError } from '@craton/protocol';
import { type Secret, UnavailableError } from '@craton/service';
import * as client from 'openid-client';

export interface IdentityProviderSettings {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: Secret<string>;
  /** Development alone: a provider on this machine may speak http. */
  readonly allowsHttp: boolean;
}

/** What belongs to one sign-in and is known to this side and the browser alone. */
export interface SignInValues {
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
  readonly redirectUri: string;
  /** The person must show again who they are, whatever session the provider has. */
  readonly isStepUp: boolean;
}

/** Who signed in, as the provider says. */
export interface SignedIn {
  readonly issuer: string;
  readonly subject: string;
  readonly name?: string;
  readonly email?: string;
  /** When they showed who they are. Milliseconds since 1970. */
  readonly authenticatedAtMs: number;
}

/** An answer of the provider takes this long at most. Seconds. */
const TIMEOUT_S = 10;
/** A sign-in that the provider remembers may be this old. Seconds. */
export const REMEMBERED_S_MAX = 3_600;
/** Code points of a name or an address that are kept. */
const NAME_MAX = 200;
const MS_PER_SECOND = 1_000;

/** Asks the provider once for what it can do, at the first sign-in: a start needs no provider. */
export class IdentityProvider {
  readonly #settings: IdentityProviderSettings;
  #discovered: Promise<client.Configuration> | undefined;

  constructor(settings: IdentityProviderSettings) {
    this.#settings = settings;
  }

  /** Where a browser goes to sign in. Throws `ERR_IDENTITY_PROVIDER`. */
  async addressFor(values: SignInValues): Promise<URL> {
    const configuration = await this.#configuration();
    return client.buildAuthorizationUrl(configuration, {
      redirect_uri: values.redirectUri,
      scope: 'openid profile email',
      state: values.state,
      nonce: values.nonce,
      code_challenge: await client.calculatePKCECodeChallenge(values.codeVerifier),
      code_challenge_method: 'S256',
      ...(values.isStepUp
        ? { max_age: '0', prompt: 'login' }
        : { max_age: String(REMEMBERED_S_MAX) }),
    });
  }

  /**
   * Who came back with this address. Throws `ERR_SIGN_IN` if the answer does not belong to these
   * values or is not the provider's, `ERR_IDENTITY_PROVIDER` if the provider does not answer.
   */
  async complete(answer: URL, values: SignInValues): Promise<SignedIn> {
    const configuration = await this.#configuration();
    try {
      const tokens = await client.authorizationCodeGrant(configuration, answer, {
        expectedState: values.state,
        expectedNonce: values.nonce,
        pkceCodeVerifier: values.codeVerifier,
        maxAge: REMEMBERED_S_MAX,
        idTokenExpected: true,
      });
      const claims = tokens.claims();
      if (claims?.auth_time === undefined) throw signInFailed();
      return {
        issuer: claims.iss,
        subject: claims.sub,
        ...(await namesOf(configuration, tokens, claims)),
        authenticatedAtMs: claims.auth_time * MS_PER_SECOND,
      };
    } catch (error) {
      throw asOurs(error);
    }
  }

  #configuration(): Promise<client.Configuration> {
    this.#discovered ??= this.#discover().catch((error: unknown) => {
      // Asked again at the next sign-in.
      this.#discovered = undefined;
      throw error;
    });
    return this.#discovered;
  }

  async #discover(): Promise<client.Configuration> {
    const { issuer, clientId, clientSecret, allowsHttp } = this.#settings;
    try {
      return await client.discovery(
        new URL(issuer),
        clientId,
        undefined,
        authentication(clientSecret),
        {
          timeout: TIMEOUT_S,
          execute: [
            // The signature of the ID token is checked, although it comes straight from the provider.
            client.enableNonRepudiationChecks,
            // eslint-disable-next-line @typescript-eslint/no-deprecated -- marked as dangerous; it is
            ...(allowsHttp ? [client.allowInsecureRequests] : []),
          ],
        },
      );
    } catch {
      throw providerFailed();
    }
  }
}

/** As the provider wants it; `client_secret_basic` is what it takes where it does not say. */
function authentication(secret: Secret<string>): client.ClientAuth {
  return (server, ...call) => {
    const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
    const make = methods.includes('client_secret_basic')
      ? client.ClientSecretBasic
      : client.ClientSecretPost;
    make(secret.expose())(server, ...call);
  };
}

type Names = Pick<SignedIn, 'name' | 'email'>;

/** For the directory alone; nothing is decided by a name. */
async function namesOf(
  configuration: client.Configuration,
  tokens: client.TokenEndpointResponse,
  claims: client.IDToken,
): Promise<Names> {
  const { userinfo_endpoint: endpoint } = configuration.serverMetadata();
  if (claims['name'] !== undefined || endpoint === undefined) return shortNames(claims);
  return shortNames(await client.fetchUserInfo(configuration, tokens.access_token, claims.sub));
}

function shortNames({ name, email }: Readonly<Record<string, unknown>>): Names {
  return {
    ...(typeof name === 'string' && { name: shorten(name) }),
    ...(typeof email === 'string' && { email: shorten(email) }),
  };
}

function shorten(text: string): string {
  return Array.from(text.replace(/\p{Cc}/gu, ' '))
    .slice(0, NAME_MAX)
    .join('');
}

/** Texts of these errors may hold what was sent, so none is passed on. */
function asOurs(error: unknown): CratonError {
  if (error instanceof CratonError) return error;
  const isAnswer =
    error instanceof client.ResponseBodyError ||
    error instanceof client.AuthorizationResponseError ||
    error instanceof client.ClientError;
  const isLate = error instanceof client.ClientError && error.code === 'OAUTH_TIMEOUT';
  return isAnswer && !isLate ? signInFailed() : providerFailed();
}

export function signInFailed(): CratonError {
  const message =
    'The sign-in could not be completed: it is over, was used already, or was not begun in this browser. Begin again at /operator/sign-in.';
  return new CratonError('ERR_SIGN_IN', message);
}

function providerFailed(): UnavailableError {
  const message =
    'The identity provider does not answer as it should. Try again later; operators look at CRATON_OIDC_ISSUER.';
  return new UnavailableError('ERR_IDENTITY_PROVIDER', message);
}
