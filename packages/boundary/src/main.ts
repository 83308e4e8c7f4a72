/** The boundary process. The one place that reads the environment. */
import { createLogger, secretTexts, stopOnSignals } from '@craton/service';
import { parseBoundaryConfig } from './config.ts';
import { BOUNDARY_SETTINGS } from './settings.ts';
import { startBoundary } from './start-boundary.ts';
import { describeStartFailure } from './start-failure.ts';

const NAME = 'craton-boundary';

const destination = process.stderr;
let log = createLogger({ name: NAME, level: 'info', destination });

process.on('uncaughtException', (error) => {
  endUnforeseen(error);
});

try {
  const environment = process.env;
  const config = parseBoundaryConfig(environment);
  const secrets = secretTexts(environment, BOUNDARY_SETTINGS);
  log = createLogger({ name: NAME, level: config.logLevel, secrets, destination });
  const boundary = await startBoundary(config, log);
  stopOnSignals(() => boundary.close(), log);
  // Standard output is for this line alone: whoever started this process waits for it.
  process.stdout.write(`${NAME} ready ${boundary.address}\n`);
} catch (error) {
  const lines = describeStartFailure(error) ?? endUnforeseen(error);
  for (const line of lines) process.stderr.write(`${NAME}: ${line}\n`);
  process.exit(1);
}

/** Whatever state this process is in, nobody meant it: it issues nothing more. */
function endUnforeseen(error: unknown): never {
  log.fatal({ err: error }, 'ended by an unforeseen error');
  process.exit(70);
}
