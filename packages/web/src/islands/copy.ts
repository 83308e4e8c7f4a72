/** Puts a copy button beside every block that is marked for it. Without scripts, nobody misses it. */
import { copyText } from './copy-text.ts';

for (const block of document.querySelectorAll('pre[data-copy]')) {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'copy';
  button.textContent = 'Copy';
  button.addEventListener('click', () => {
    void copyText(block.textContent, block).then((said) => {
      button.textContent = said;
    });
  });
  block.parentElement?.querySelector('figcaption')?.append(button);
}
