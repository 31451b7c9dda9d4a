/**
 * A safe subset of CEL over JSON, and the conditions of the contract made of it.
 * @module
 */
export { bindConstants } from './bind-constants.ts';
export { boundedPattern, type BoundedPattern } from './bounded-pattern.ts';
export { asConditionError, compileCelCondition, type CelCondition, type CelPlace } from './cel-condition.ts';
export { CelFailure, type CelFailureKind } from './cel-failure.ts';
export { CelIssue } from './cel-issue.ts';
export { compileCel, type CelOptions, type CelProgram } from './compile-cel.ts';
export { limits } from './limits.ts';
