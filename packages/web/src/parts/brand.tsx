/** The mark: a receipt with a torn edge, and a tick that somebody made on it. */
export function Mark() {
  return (
    <svg viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <g fill="none" stroke="currentColor" stroke-width="1.75" stroke-linejoin="round">
        <path d="M5 21V3h14v18l-2.3-1.8-2.35 1.8L12 19.2 9.65 21 7.3 19.2z" />
        <path d="m8.5 10.8 2.5 2.5 4.7-5.4" stroke-linecap="round" />
      </g>
    </svg>
  );
}
