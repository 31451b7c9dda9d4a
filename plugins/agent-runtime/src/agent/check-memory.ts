import type { ValidationProblem } from '@agent-factory/sdk';
import type { AgentDefinition } from '@agent-factory/sdk/domain';
import type { AgentSurroundings } from './load-agent.ts';
import { objectSchemaProblems } from './object-schema-problems.ts';

/** Memories that nobody keeps, or whose shape is none. */
export function memoryProblems(
  { memory, workingMemory, semanticMemory }: AgentDefinition,
  surroundings: AgentSurroundings,
): readonly ValidationProblem[] {
  const problems: ValidationProblem[] = [];
  if (memory && !surroundings.hasMemory)
    problems.push({
      path: '/memory',
      message: 'no active plugin keeps conversations',
      fix: 'Add a memory plugin.',
    });
  if (semanticMemory && !surroundings.semanticMemory)
    problems.push({
      path: '/semanticMemory',
      message: 'no active plugin remembers what was said',
      fix: 'Add @agent-factory/plugin-memory-vector.',
    });
  if (!workingMemory) return problems;
  if (!surroundings.workingMemory)
    problems.push({
      path: '/workingMemory',
      message: 'no active plugin keeps working memories',
      fix: 'Add @agent-factory/plugin-memory-sql.',
    });
  const { schema } = workingMemory;
  return [...problems, ...objectSchemaProblems(schema, '/workingMemory/schema', surroundings.validator)];
}
