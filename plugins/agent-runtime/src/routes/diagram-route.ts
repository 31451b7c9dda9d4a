import type { ErrorTable } from '@agent-factory/sdk';
import type { AgentRuntime, DefinitionKind, HttpRoute } from '@agent-factory/sdk/contracts';
import { toGraphviz, toMermaid, type Diagram } from '@agent-factory/sdk/domain';

/** Whose diagram it is. */
export interface DiagramRouteOptions {
  readonly kind: DefinitionKind;
  /** `workflows`: in paths. */
  readonly plural: string;
  /** `Workflow`: in ids of operations. */
  readonly title: string;
  draw(definition: object): Diagram;
  /** What is said of a name that is not there. */
  readonly unknown: ErrorTable;
}

/** Draws a definition for Mermaid or Graphviz. */
export function diagramRoute(
  runtime: AgentRuntime,
  { kind, plural, title, draw, unknown }: DiagramRouteOptions,
): HttpRoute {
  return {
    method: 'GET',
    path: `/api/v1/${plural}/{name}/diagram`,
    operationId: `draw${title}`,
    summary: `Draw one ${kind}, as text for Mermaid or Graphviz.`,
    tag: `${title}s`,
    permission: `${plural}:read`,
    resource: `${plural}/{name}`,
    rate: 'read',
    params: {
      type: 'object',
      properties: {
        name: { type: 'string', description: `Name of the ${kind}.`, minLength: 1, maxLength: 64 },
      },
      required: ['name'],
      additionalProperties: false,
    },
    query: {
      type: 'object',
      properties: { format: { enum: ['mermaid', 'graphviz'], default: 'mermaid', description: 'For whom.' } },
      additionalProperties: false,
    },
    responses: {
      200: {
        description: 'The diagram.',
        schema: {
          type: 'object',
          properties: { format: { enum: ['mermaid', 'graphviz'] }, text: { type: 'string' } },
          required: ['format', 'text'],
          additionalProperties: false,
        },
        example: { format: 'mermaid', text: 'flowchart TD\n  n0(("start"))\n' },
      },
    },
    errors: unknown,
    async handler({ params, query, principal }) {
      const format = query['format'] === 'graphviz' ? 'graphviz' : 'mermaid';
      const { definition } = await runtime
        .tenant(principal.tenant)
        .definitions.get(kind, params['name'] ?? '');
      const diagram = draw(definition);
      return { body: { format, text: format === 'mermaid' ? toMermaid(diagram) : toGraphviz(diagram) } };
    },
  };
}
