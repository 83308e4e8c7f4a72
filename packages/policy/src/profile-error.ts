/** What stands in the way of a condition, and where. */
export class ProfileError extends Error {
  override readonly name = 'ProfileError';
  /** Offset in UTF-16 code units. */
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}
