/** All documents that this package makes. */
export { activationPage } from './pages/activation.tsx';
export { agentApiPage } from './pages/agent-api.tsx';
export { coveragePlanFile } from './pages/coverage-plan.tsx';
export { coveragePlanPage } from './pages/coverage-plan-page.tsx';
export { homePage } from './pages/home.tsx';
export { kitchenSinkPage } from './pages/kitchen-sink.tsx';
export { logPage } from './pages/log.tsx';
export { operatorInboxPage } from './pages/operator-inbox.tsx';
export { operatorPathListPage, operatorPathPage } from './pages/operator-path.tsx';
export { operatorRolloutPage } from './pages/operator-rollout.tsx';
export { planFormPage } from './pages/plan-form.tsx';
export { protocolPage } from './pages/protocol.tsx';
export { readinessPage } from './pages/readiness.tsx';
export { selfServicePage } from './pages/self-service.tsx';
export { signInPage } from './pages/sign-in.tsx';
export { tryRequestPage } from './pages/try-request.tsx';
export { verifyHtmlFile, verifyPage } from './pages/verify.tsx';
