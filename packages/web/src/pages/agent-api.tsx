/** `/agent-api` */
import type { AgentApiModel } from '../models.ts';
import { renderDocument } from '../parts/document.tsx';

export function agentApiPage({ site }: AgentApiModel): string {
  return renderDocument({
    site,
    path: '/agent-api',
    title: 'Agent API',
    description: 'Ask for a verdict: POST /v1/boundary/check.',
    children: (
      <>
        <h1>Agent API</h1>
        <p>Ask for a verdict with one POST to {`${site.baseUrl}/v1/boundary/check`}.</p>
      </>
    ),
  });
}
