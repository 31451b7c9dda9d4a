/** A stable error code: `AF_<AREA>_<WHAT>`. A code is never reused for another meaning. */
export type ErrorCode = `AF_${string}`;

/** What an error table says about one code. `{name}` in a text is filled from the error's details. */
export interface ErrorSpec {
  /** What was wrong, and where. */
  readonly message: string;
  /** What to do about it. */
  readonly fix: string;
  /** HTTP status when the error reaches an API client. Default 500. */
  readonly status?: number;
  /** Whether the same call may succeed later, unchanged. Default false. */
  readonly retryable?: boolean;
}

/** Error codes and what they say; data, so that docs and tests can read it. */
export type ErrorTable = { readonly [code: ErrorCode]: ErrorSpec };

type Placeholders<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Placeholders<Rest>
  : never;

/** The details a code needs: one value for each `{name}` in its message and fix. */
export type ErrorDetails<Spec extends ErrorSpec> = {
  readonly [Name in Placeholders<Spec['message']> | Placeholders<Spec['fix']>]: string | number;
} & { readonly [extra: string]: unknown };

/** One function for each code of a table; it makes the error, it does not throw it. */
export type ErrorFactories<Table extends ErrorTable> = {
  readonly [Code in keyof Table & ErrorCode]: (
    details: ErrorDetails<Table[Code]>,
    options?: { readonly cause?: unknown },
  ) => AgentFactoryError;
};

/**
 * Every error the platform or a plugin raises on purpose. Compare by {@link AgentFactoryError.code}, never
 * with `instanceof`: two copies of the SDK may be loaded.
 */
export class AgentFactoryError extends Error {
  override readonly name: string = 'AgentFactoryError';
  readonly code: ErrorCode;
  /** What to do, as a sentence. */
  readonly fix: string;
  /** HTTP status when the error reaches an API client. */
  readonly status: number;
  /** Whether the same call may succeed later, unchanged. */
  readonly retryable: boolean;
  /** The facts behind the message. Never holds a secret. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    code: ErrorCode,
    spec: ErrorSpec,
    details: Readonly<Record<string, unknown>> = {},
    options: { readonly cause?: unknown } = {},
  ) {
    super(fill(spec.message, details), 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.fix = fill(spec.fix, details);
    this.status = spec.status ?? 500;
    this.retryable = spec.retryable ?? false;
    this.details = details;
  }

  /** The error as data: code, message, fix and details; no stack. */
  toJSON(): { code: ErrorCode; message: string; fix: string; details: Readonly<Record<string, unknown>> } {
    return { code: this.code, message: this.message, fix: this.fix, details: this.details };
  }
}

/**
 * Turns a table of codes into functions that make the errors.
 *
 * @example
 * ```ts
 * export const errorTable = {
 *   AF_WEATHER_CITY_UNKNOWN: { message: 'No city is named {city}.', fix: 'Check the spelling.', status: 404 },
 * } as const;
 * export const errors: ErrorFactories<typeof errorTable> = defineErrors(errorTable);
 *
 * throw errors.AF_WEATHER_CITY_UNKNOWN({ city: 'Oslp' });
 * ```
 */
export function defineErrors<const Table extends ErrorTable>(table: Table): ErrorFactories<Table> {
  const made: Record<string, unknown> = {};
  for (const [code, spec] of Object.entries(table)) {
    made[code] = (details: Record<string, unknown>, options?: { cause?: unknown }) =>
      new AgentFactoryError(code as ErrorCode, spec, details, options);
  }
  return Object.freeze(made) as ErrorFactories<Table>; // built from the table's own keys just above
}

/** Whether `error` is one of ours, and, if `code` is given, that one. Works across copies of the SDK. */
export function isAgentFactoryError(error: unknown, code?: ErrorCode): error is AgentFactoryError {
  if (!(error instanceof Error)) return false;
  const found = (error as { code?: unknown }).code;
  return typeof found === 'string' && found.startsWith('AF_') && (code === undefined || found === code);
}

function fill(text: string, details: Readonly<Record<string, unknown>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) =>
    name in details ? String(details[name]) : whole,
  );
}
