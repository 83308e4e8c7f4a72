/** A copy button of the island; static pages get theirs from `islands/copy.ts`. */
import { useRef, useState } from 'preact/hooks';
import { copyText } from '../islands/copy-text.ts';

export function CopyButton({ text }: { readonly text: string }) {
  const [said, setSaid] = useState('Copy');
  const button = useRef<HTMLButtonElement>(null);
  return (
    <button
      ref={button}
      type="button"
      class="copy"
      onClick={() => {
        const block = button.current?.closest('.code')?.querySelector('pre');
        if (block) void copyText(text, block).then(setSaid);
      }}
    >
      {said}
    </button>
  );
}
