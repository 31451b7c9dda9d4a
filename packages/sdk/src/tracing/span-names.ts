/**
 * Names of OpenTelemetry's conventions, those for generative AI among them, and the version they are taken from. These are
 * in development and change; everything that may change with them is in this file.
 *
 * @see https://github.com/open-telemetry/semantic-conventions-genai
 */
export const spanMapping = {
  /** Version of this table; it goes with every export. */
  version: '2',
  schemaUrl: 'https://opentelemetry.io/schemas/1.41.0',
} as const;

/** Attributes of spans and of what makes them. */
export const spanAttribute = {
  operation: 'gen_ai.operation.name',
  provider: 'gen_ai.provider.name',
  requestModel: 'gen_ai.request.model',
  finishReasons: 'gen_ai.response.finish_reasons',
  inputTokens: 'gen_ai.usage.input_tokens',
  outputTokens: 'gen_ai.usage.output_tokens',
  cacheReadTokens: 'gen_ai.usage.cache_read.input_tokens',
  cacheWriteTokens: 'gen_ai.usage.cache_creation.input_tokens',
  agent: 'gen_ai.agent.name',
  agentVersion: 'gen_ai.agent.version',
  workflow: 'gen_ai.workflow.name',
  conversation: 'gen_ai.conversation.id',
  tool: 'gen_ai.tool.name',
  toolType: 'gen_ai.tool.type',
  toolCallId: 'gen_ai.tool.call.id',
  toolArguments: 'gen_ai.tool.call.arguments',
  toolResult: 'gen_ai.tool.call.result',
  inputMessages: 'gen_ai.input.messages',
  outputMessages: 'gen_ai.output.messages',
  error: 'error.type',
  method: 'http.request.method',
  route: 'http.route',
  status: 'http.response.status_code',
  scheme: 'url.scheme',
  service: 'service.name',
  serviceVersion: 'service.version',
  serviceInstance: 'service.instance.id',
  /** Ours: there is no name for these. */
  run: 'agent_factory.run.id',
  seq: 'agent_factory.event.seq',
  cost: 'agent_factory.cost.nano_usd',
  tenant: 'agent_factory.tenant',
  request: 'agent_factory.request.id',
  operationId: 'agent_factory.operation.id',
  guardrail: 'agent_factory.guardrail.name',
  guardrailStage: 'agent_factory.guardrail.stage',
  guardrailVerdict: 'agent_factory.guardrail.verdict',
  guardrailCode: 'agent_factory.guardrail.code',
  mapping: 'agent_factory.mapping.version',
} as const;

/** Names of what is done. */
export const spanOperation = {
  chat: 'chat',
  tool: 'execute_tool',
  agent: 'invoke_agent',
  workflow: 'invoke_workflow',
} as const;
