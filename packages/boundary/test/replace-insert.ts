import type { IssuedDecision, LedgerStore, LedgerTransaction } from '../src/ledger/transaction.ts';

/** A store that is told to store something else than what was issued. */
export function replaceInsert(
  inner: LedgerStore,
  replace: (decision: IssuedDecision) => IssuedDecision,
): LedgerStore {
  const altered = (transaction: LedgerTransaction): LedgerTransaction =>
    new Proxy(transaction, {
      get: (target, name) => {
        if (name === 'insertDecision') {
          return (decision: IssuedDecision) => target.insertDecision(replace(decision));
        }
        const member: unknown = Reflect.get(target, name);
        return typeof member === 'function' ? (member.bind(target) as unknown) : member;
      },
    });
  return {
    transaction: (entries, work) => inner.transaction(entries, (one) => work(altered(one))),
    classify: (error) => inner.classify(error),
    get snapshotVersion() {
      return inner.snapshotVersion;
    },
    close: () => inner.close(),
  };
}
