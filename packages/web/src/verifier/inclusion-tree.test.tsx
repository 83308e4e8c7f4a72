import { renderToString } from 'preact-render-to-string';
import { describe, expect, it } from 'vitest';
import { elements, parseHtml } from '../../test/html.ts';
import { InclusionTree } from './inclusion-tree.tsx';

const drawn = (index: number, size: number) => {
  const html = renderToString(<InclusionTree index={index} size={size} />);
  return { html, page: parseHtml(html) };
};

describe('the drawing of an inclusion proof', () => {
  it('says in words what the leaf is hashed with, in turn', () => {
    const { page } = drawn(5, 7);
    const [svg] = elements(page, 'svg');
    expect(svg?.attributes.get('role')).toBe('img');
    expect(svg?.attributes.get('aria-label')).toBe(
      'Leaf 5, hashed in turn with leaf 4, leaf 6, leaves 0 to 3, gives the root of 7 leaves.',
    );
  });

  it('has a node for each level, and one beside each but the root', () => {
    const { page } = drawn(5, 7);
    const own = elements(page, 'circle').filter(({ attributes }) => attributes.has('class'));
    expect(own).toHaveLength(4);
    expect(elements(page, 'circle')).toHaveLength(7);
  });

  it('of the only leaf is the whole tree', () => {
    expect(drawn(0, 1).html).toContain('Leaf 0 is the whole tree.');
    expect(drawn(0, 1).html).not.toContain('root of');
  });
});
