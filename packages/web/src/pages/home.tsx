/** `/` */
import type { HomeModel } from '../models.ts';
import { renderDocument } from '../parts/document.tsx';

export function homePage({ site }: HomeModel): string {
  return renderDocument({
    site,
    path: '/',
    title: 'Craton',
    description: 'Signed verdicts for irreversible actions, which anyone can check offline.',
    children: (
      <>
        <h1>A signed verdict before an action that cannot be undone</h1>
        <p>
          A host system asks before it acts. Craton answers allow, constrain or reject, and signs
          the answer as a receipt that anyone can check later, offline.
        </p>
      </>
    ),
  });
}
