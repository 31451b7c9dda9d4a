/**
 * Names of OpenTelemetry's conventions for generative AI, and the version they are taken from. The conventions are in
 * development and change; everything that may change with them is in this file.
 *
 * @see https://github.com/open-telemetry/semantic-conventions-genai
 */
export const mapping = {
  /** Version of this table; it goes with every export. */
  version: '1',
  schemaUrl: 'https://opentelemetry.io/schemas/1.41.0',
  scope: 'agent-factory.prompt-log',
} as const;

/** Attributes. */
export const attribute = {
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
  /** Ours: there is no name for these. */
  run: 'agent_factory.run.id',
  seq: 'agent_factory.event.seq',
  cost: 'agent_factory.cost.nano_usd',
  mapping: 'agent_factory.mapping.version',
} as const;

/** Names of what is done. */
export const operation = {
  chat: 'chat',
  tool: 'execute_tool',
  agent: 'invoke_agent',
  workflow: 'invoke_workflow',
} as const;
