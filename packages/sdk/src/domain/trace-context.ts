import type { JsonSchema } from '../json.ts';

/** Where something stands in a trace (W3C Trace Context). */
export interface TraceContext {
  /** 32 lower-case hexadecimal digits, not all 0. */
  readonly traceId: string;
  /** The span it follows from: 16 of them. Left out where no span is known. */
  readonly spanId?: string;
  /** Whether the trace is recorded; left out where nobody has decided. */
  readonly sampled?: boolean;
}

const version00 = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;
const later = /^(?!ff|00)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-|$)/;
const nothing = /^0+$/;
const sampledFlag = 1;

/**
 * Reads a header `traceparent`; `undefined` where there is none or it is not one (W3C Trace Context, 3.2). Of versions to
 * come the first members count.
 *
 * @example
 * ```ts
 * parseTraceparent('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01')?.sampled; // true
 * ```
 */
export function parseTraceparent(header: string | undefined): Required<TraceContext> | undefined {
  const [, traceId, spanId, flags] = (header && (version00.exec(header) ?? later.exec(header))) || [];
  if (!traceId || !spanId || !flags || nothing.test(traceId) || nothing.test(spanId)) return undefined;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & sampledFlag) === sampledFlag };
}

/** JSON Schema of {@link TraceContext}. */
export const traceContextSchema: JsonSchema = {
  type: 'object',
  properties: {
    traceId: { type: 'string', pattern: '^[0-9a-f]{32}$' },
    spanId: { type: 'string', pattern: '^[0-9a-f]{16}$' },
    sampled: { type: 'boolean' },
  },
  required: ['traceId'],
  additionalProperties: false,
};
