/** The self-service process. The one place that reads the environment. */
import { createLogger, secretTexts, stopOnSignals } from '@craton/service';
import { parseSelfServiceConfig } from './config.ts';
import { SELF_SERVICE_SETTINGS } from './settings.ts';
import { describeStartFailure } from './start-failure.ts';
import { startSelfService } from './start-self-service.ts';

const NAME = 'craton-self-service';

const destination = process.stderr;
let log = createLogger({ name: NAME, level: 'info', destination });

process.on('uncaughtException', (error) => {
  endUnforeseen(error);
});

try {
  const environment = process.env;
  const config = parseSelfServiceConfig(environment, Date.now());
  const secrets = secretTexts(environment, SELF_SERVICE_SETTINGS);
  log = createLogger({ name: NAME, level: config.logLevel, secrets, destination });
  const selfService = await startSelfService(config, log);
  stopOnSignals(() => selfService.close(), log);
  // Standard output is for this line alone: whoever started this process waits for it.
  process.stdout.write(`${NAME} ready ${selfService.address}\n`);
} catch (error) {
  const lines = describeStartFailure(error) ?? endUnforeseen(error);
  for (const line of lines) process.stderr.write(`${NAME}: ${line}\n`);
  process.exit(1);
}

function endUnforeseen(error: unknown): never {
  log.fatal({ err: error }, 'ended by an unforeseen error');
  process.exit(70);
}
