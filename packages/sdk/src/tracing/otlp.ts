import type { Json, JsonObject } from '../json.ts';
import { spanAttribute, spanMapping } from './span-names.ts';

/** OTLP's numbers for what a span is of: work within, a request that was answered, a call of somebody else. */
export const spanKind = { internal: 1, server: 2, client: 3 } as const;

/** OTLP: 0 says nothing, 1 is well, 2 an error. */
const spanStatus = { ok: 1, error: 2 } as const;

/** Values of attributes; those that are `undefined` are left out. */
export type SpanValues = Readonly<Record<string, string | number | readonly string[] | undefined>>;

/** A span, before it is OTLP. */
export interface SpanParts {
  readonly name: string;
  readonly spanId: string;
  readonly parentId?: string | undefined;
  /** One of {@link spanKind}. */
  readonly kind: number;
  /** Milliseconds since the epoch; fractions count. */
  readonly from: number;
  readonly to: number;
  /** The code of what went wrong. */
  readonly error?: string | undefined;
  readonly values: SpanValues;
}

/** A span as OTLP/JSON has it. */
export function otlpSpan(traceId: string, parts: SpanParts): JsonObject {
  const { name, spanId, parentId, kind, from, to, error, values } = parts;
  return {
    traceId,
    spanId,
    ...(parentId !== undefined && { parentSpanId: parentId }),
    name,
    kind,
    startTimeUnixNano: nanos(from),
    endTimeUnixNano: nanos(Math.max(from, to)),
    attributes: otlpAttributes({ ...values, [spanAttribute.error]: error }),
    status: error === undefined ? { code: spanStatus.ok } : { code: spanStatus.error, message: error },
  };
}

/** What a collector takes at `POST /v1/traces` (`ExportTraceServiceRequest`). `scope` names what made the spans. */
export function otlpTraces(
  spans: readonly JsonObject[],
  { scope, resource }: { readonly scope: string; readonly resource: SpanValues },
): JsonObject {
  return {
    resourceSpans: [
      {
        resource: {
          attributes: otlpAttributes({ ...resource, [spanAttribute.mapping]: spanMapping.version }),
        },
        scopeSpans: [
          { scope: { name: scope, version: spanMapping.version }, spans, schemaUrl: spanMapping.schemaUrl },
        ],
        schemaUrl: spanMapping.schemaUrl,
      },
    ],
  };
}

/** OTLP/JSON writes integers of 64 bits as text. */
function otlpAttributes(values: SpanValues): Json {
  return Object.entries(values).flatMap(([key, value]): readonly JsonObject[] => {
    if (value === undefined) return [];
    if (typeof value === 'string') return [{ key, value: { stringValue: value } }];
    if (typeof value === 'number') {
      const number: JsonObject = Number.isInteger(value)
        ? { intValue: String(value) }
        : { doubleValue: value };
      return [{ key, value: number }];
    }
    return [{ key, value: { arrayValue: { values: value.map((stringValue) => ({ stringValue })) } } }];
  });
}

function nanos(ms: number): string {
  return String(BigInt(Math.round(ms * 1000)) * 1000n);
}
