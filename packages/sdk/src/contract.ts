declare const type: unique symbol;

/**
 * A typed token for a capability that plugins offer each other. Tokens are compared by `id`, so two copies of
 * the SDK do no harm; `version` follows semver and is what `requires` ranges are checked against.
 */
export interface Contract<T> {
  /** Stable name, for example `storage`. */
  readonly id: string;
  /** Semver version of the interface. */
  readonly version: string;
  /** `one`: exactly one provider serves it. `many`: any number of plugins contribute to it. */
  readonly kind: 'one' | 'many';
  /** One sentence for people who choose a provider. */
  readonly description: string;
  /** Set once it is deprecated: what to use instead and until when it stays, as a sentence. Its users are warned. */
  readonly deprecated?: string;
  /** Carries the type; never present at run time. */
  readonly [type]?: T;
}

/** A contract that exactly one plugin provides. */
export interface SingleContract<T> extends Contract<T> {
  readonly kind: 'one';
}

/** A contract to which any number of plugins contribute. */
export interface CollectionContract<T> extends Contract<T> {
  readonly kind: 'many';
}

/** What names a contract: its id, version and one-sentence description, and whether it is deprecated. */
export type ContractOptions = Pick<Contract<unknown>, 'id' | 'version' | 'description' | 'deprecated'>;

/**
 * Declares a capability with exactly one provider (`provides` and `requires` in the manifest).
 *
 * @example
 * ```ts
 * interface Clock {
 *   now(): Promise<number>;
 * }
 * export const Clock: SingleContract<Clock> = defineContract<Clock>({
 *   id: 'clock',
 *   version: '1.0.0',
 *   description: 'Tells the time.',
 * });
 * ```
 */
export function defineContract<T>(options: ContractOptions): SingleContract<T> {
  return Object.freeze({ ...options, kind: 'one' as const });
}

/** Declares a capability that many plugins contribute to (`contributes` and `collects` in the manifest). */
export function defineCollection<T>(options: ContractOptions): CollectionContract<T> {
  return Object.freeze({ ...options, kind: 'many' as const });
}

/** One value contributed to a {@link CollectionContract}, and who gave it. */
export interface Contribution<T> {
  /** Id of the contributing plugin. */
  readonly plugin: string;
  readonly value: T;
}
