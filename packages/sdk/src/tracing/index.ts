/**
 * Spans by OpenTelemetry's conventions, as OTLP/JSON.
 * @module
 */
export * from './otlp.ts';
export * from './run-spans.ts';
export * from './span-names.ts';
export * from './trace-ids.ts';
