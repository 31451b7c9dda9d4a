/** One thing every implementation of a contract must do. */
export interface ConformanceCase {
  /** Reads like a sentence. */
  readonly name: string;
  /** Why it does not hold for this implementation, where that is documented; then it is not run. */
  readonly skip?: string;
  /** Rejects with an assertion error when the implementation does not conform. */
  run(): Promise<void>;
}

/**
 * What every implementation of a contract must do, as a list that any test runner can execute.
 *
 * @example
 * ```ts
 * declare const suite: ConformanceSuite;
 * declare function it(name: string, run: () => Promise<void>): void;
 * for (const { name, run } of suite) it(name, run);
 * ```
 */
export type ConformanceSuite = readonly ConformanceCase[];

/** Declares cases, each on a fixture of its own that `open` gives and that is closed when the case is over. */
export function onFixture<Fixture extends { close?(): Promise<void> }>(
  open: () => Promise<Fixture>,
): (name: string, work: (fixture: Fixture) => Promise<void>) => ConformanceCase {
  return (name, work) => ({
    name,
    async run() {
      const fixture = await open();
      try {
        await work(fixture);
      } finally {
        await fixture.close?.();
      }
    },
  });
}
