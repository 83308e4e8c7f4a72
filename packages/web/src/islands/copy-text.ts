/**
 * Copies a text and answers with what to say about it. Where the browser has no clipboard (a page
 * from the disk, or a refused permission) the element is selected for copying by hand.
 */
export async function copyText(text: string, element: Element): Promise<'Copied' | 'Selected'> {
  try {
    await navigator.clipboard.writeText(text);
    return 'Copied';
  } catch {
    getSelection()?.selectAllChildren(element);
    return 'Selected';
  }
}
