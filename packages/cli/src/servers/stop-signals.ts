/** Turns the signals that ask a process to stop into one abort. */

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** A signal that is aborted by the first SIGTERM or SIGINT; the reason is its name. */
export function listenForStop(process: NodeJS.Process): AbortSignal {
  const controller = new AbortController();
  for (const name of SIGNALS) {
    process.on(name, () => {
      controller.abort(name);
    });
  }
  return controller.signal;
}
