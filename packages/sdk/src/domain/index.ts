/**
 * The domain as data: types, their JSON Schemas, and pure functions over them.
 * @module
 */
export * from './agent.ts';
export * from './blueprint.ts';
export * from './conversation.ts';
export * from './diagram.ts';
export * from './evaluation-suite.ts';
export * from './document.ts';
export * from './event-schema.ts';
export * from './event.ts';
export * from './expression.ts';
export * from './guardrail.ts';
export type * from './human-event.ts';
export * from './knowledge-pack.ts';
export * from './message.ts';
export * from './router-problems.ts';
export * from './router.ts';
export * from './run-diff.ts';
export * from './run-diff-text.ts';
export * from './run-steps.ts';
export * from './run-transition.ts';
export * from './run-wait.ts';
export * from './run.ts';
export * from './schema-contradiction.ts';
export type * from './step-event.ts';
export * from './text-diff.ts';
export * from './tool-question.ts';
export * from './tool-report.ts';
export * from './tool.ts';
export * from './trace-context.ts';
export * from './workflow-diagram.ts';
export * from './workflow-graph.ts';
export * from './workflow-problems.ts';
export * from './workflow-schema.ts';
export * from './workflow-variables.ts';
export * from './workflow.ts';
