/**
 * Pages as pure functions from view models to HTML, and the browser verifier.
 *
 * The views are `.tsx`: they are imported dynamically, after the loader has registered itself.
 */
import './tsx-loader.ts';

export { assets } from './assets.ts';
export { CONTENT_SECURITY_POLICY } from './csp.ts';
export type * from './models.ts';
export type * from './operator-model.ts';
export type * from './plan-form-model.ts';
export type * from './wizard-model.ts';

const views = await import('./views.tsx');

/** `/`: what Craton is. Full HTML document. */
export const homePage = views.homePage;
/** `/log`: the transparency log, and how to check it without us. Full HTML document. */
export const logPage = views.logPage;
/** `/protocol`: the receipt explained, with an example to reproduce. Full HTML document. */
export const protocolPage = views.protocolPage;
/** `/agent-api`: reference of the boundary check. Full HTML document. */
export const agentApiPage = views.agentApiPage;
/** `/self-service/readiness`: whether a review may start. Full HTML document. */
export const readinessPage = views.readinessPage;
/** `/self-service/activation`: the rollout gates. Full HTML document. */
export const activationPage = views.activationPage;
/** `/verify`: the verifier, whose script comes from `assets()`. Full HTML document. */
export const verifyPage = views.verifyPage;
/** The verifier as one self-contained file that works from a disk. Full HTML document. */
export const verifyHtmlFile = views.verifyHtmlFile;
/** A coverage plan as one self-contained file that loads nothing. Full HTML document. */
export const coveragePlanFile = views.coveragePlanFile;
/** `/self-service`: Start, as plain forms. Full HTML document. */
export const selfServicePage = views.selfServicePage;
/** `/self-service/drafts/:id`: a saved coverage plan. Full HTML document. */
export const coveragePlanPage = views.coveragePlanPage;
/** `/self-service/drafts/:id/edit/:section`: the form of one section. Full HTML document. */
export const planFormPage = views.planFormPage;
/** `/self-service/drafts/:id/try`: a request of one's own, evaluated. Full HTML document. */
export const tryRequestPage = views.tryRequestPage;
/** Where a draft needs a key. Full HTML document. */
export const signInPage = views.signInPage;
/** `/operator`: what waits, what is blocked, what expires. Full HTML document. */
export const operatorInboxPage = views.operatorInboxPage;
/** `/operator/rollouts/:id`: gates, people, actions, record. Full HTML document. */
export const operatorRolloutPage = views.operatorRolloutPage;
/** `/operator/paths`: every path, and what is live on it. Full HTML document. */
export const operatorPathListPage = views.operatorPathListPage;
/** `/operator/paths/:partner/:path`: what is live, and how it came. Full HTML document. */
export const operatorPathPage = views.operatorPathPage;
/** `/kitchen-sink`: every part in each of its states. Full HTML document. */
export const kitchenSinkPage = views.kitchenSinkPage;
