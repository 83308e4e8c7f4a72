/** Serves the pages the way the product does: same headers, same policy, nothing else. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  activationPage,
  agentApiPage,
  assets,
  CONTENT_SECURITY_POLICY,
  coveragePlanPage,
  homePage,
  kitchenSinkPage,
  logPage,
  type InboxModel,
  operatorInboxPage,
  operatorPathListPage,
  operatorPathPage,
  operatorRolloutPage,
  type PathPageModel,
  planFormPage,
  type PlanFormModel,
  type PlanPageModel,
  protocolPage,
  readinessPage,
  type RolloutPageModel,
  selfServicePage,
  signInPage,
  tryRequestPage,
  type TryPageModel,
  verifyPage,
  type WizardModel,
} from '../../src/index.ts';
import {
  activationModel,
  agentApiModel,
  logModels,
  planFormModels,
  planModels,
  readinessModels,
  siteModel,
  tryModels,
  verifyModel,
  wizardModels,
} from '../models.ts';
import { inboxModels, pathListModels, pathModels, rolloutModels } from '../operator-models.ts';

const start = (model: WizardModel) => () => selfServicePage(model);
const plan = (model: PlanPageModel) => () => coveragePlanPage(model);

/** Paths of all pages. */
export const PAGES: Readonly<Record<string, () => string>> = {
  '/': () => homePage({ site: siteModel }),
  '/self-service': start(wizardModels.action),
  '/self-service/preview': start(wizardModels.review),
  '/self-service/draft': plan(planModels.review),
  '/self-service/readiness': () => readinessPage(readinessModels.ready_for_review),
  '/self-service/activation': () => activationPage(activationModel),
  '/protocol': () => protocolPage({ site: siteModel }),
  '/agent-api': () => agentApiPage(agentApiModel),
  '/log': () => logPage(logModels.witnessed),
  '/verify': () => verifyPage(verifyModel),
  '/kitchen-sink': () => kitchenSinkPage({ site: siteModel }),
};

const named = <Model>(
  prefix: string,
  models: Readonly<Record<string, Model>>,
  render: (model: Model) => () => string,
) =>
  Object.fromEntries(
    Object.entries(models).map(([name, model]) => [`/${prefix}/${name}`, render(model)]),
  );

/** Pages in each of their states. */
export const STATES: Readonly<Record<string, () => string>> = {
  ...named('readiness', readinessModels, (model) => () => readinessPage(model)),
  ...named<WizardModel>('start', wizardModels, start),
  ...named<PlanPageModel>('plan', planModels, plan),
  ...named<PlanFormModel>('plan-form', planFormModels, (model) => () => planFormPage(model)),
  ...named<TryPageModel>('try', tryModels, (model) => () => tryRequestPage(model)),
  ...named<InboxModel>('operator-inbox', inboxModels, (model) => () => operatorInboxPage(model)),
  ...named<RolloutPageModel>(
    'operator-rollout',
    rolloutModels,
    (model) => () => operatorRolloutPage(model),
  ),
  ...named<PathPageModel>('operator-path', pathModels, (model) => () => operatorPathPage(model)),
  '/operator-paths/some': () => operatorPathListPage(pathListModels.some),
  '/operator-paths/none': () => operatorPathListPage(pathListModels.none),
  ...named('log', { alone: logModels.alone, off: logModels.off }, (log) => () => logPage(log)),
  '/sign-in/asked': () => signInPage({ site: siteModel }),
  '/sign-in/refused': () =>
    signInPage({ site: siteModel, problem: { field: 'api_key', message: 'Not valid here.' } }),
};

export interface PageServer {
  readonly origin: string;
  /** Paths that were asked for, in order. */
  readonly requests: string[];
  readonly close: () => Promise<void>;
}

export async function startPageServer(): Promise<PageServer> {
  const requests: string[] = [];
  const files = assets();
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    requests.push(path);
    const page = PAGES[path] ?? STATES[path];
    const asset = files.get(path);
    if (page !== undefined) {
      response.setHeader('Content-Type', 'text/html; charset=utf-8');
      response.setHeader('Content-Security-Policy', CONTENT_SECURITY_POLICY);
      response.end(page());
    } else if (asset === undefined) {
      response.writeHead(404).end();
    } else {
      response.setHeader('Content-Type', asset.contentType);
      response.setHeader('X-Content-Type-Options', 'nosniff');
      response.end(asset.body);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { origin: `http://127.0.0.1:${port}`, requests, close: () => closed(server) };
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
