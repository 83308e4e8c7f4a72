/** Puts together how people are known, from what a process has. */
import { IdentityProvider, type IdentityProviderSettings } from './identity-provider.ts';
import { OperatorSessions, type SessionPorts } from './operator-sessions.ts';
import type { SignInPorts } from './sign-in.ts';

export interface PeoplePorts extends SessionPorts, Omit<SignInPorts, 'provider' | 'sessions'> {
  readonly operatorRecords: SessionPorts['operatorRecords'] & SignInPorts['operatorRecords'];
}

export interface OpenPeople {
  readonly sessions: OperatorSessions;
  readonly signIn: SignInPorts;
}

/** Nothing where no identity provider is set: then tokens alone are known. */
export function openPeople(
  settings: IdentityProviderSettings | undefined,
  ports: PeoplePorts,
): Partial<OpenPeople> {
  if (settings === undefined) return {};
  const sessions = new OperatorSessions(ports);
  const provider = new IdentityProvider(settings);
  return { sessions, signIn: { ...ports, sessions, provider } };
}
