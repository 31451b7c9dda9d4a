import { createChatProtocol, createHttpProvider, type HttpProvider } from '@agent-factory/model-kit';
import { modelErrors } from '@agent-factory/sdk/contracts';
import type { CompatibleServerConfig } from './config.ts';
import { serverPresets, usualQuirks, type ServerPreset } from './server-presets.ts';

/** Texts in one call; the servers differ, and this is within what each takes. */
const textsPerCall = 64;

/** Talks to one server, which agents know as `name`. */
export function createCompatibleProvider(name: string, config: CompatibleServerConfig): HttpProvider {
  const preset = presetOf(name, config);
  const baseUrl = config.baseUrl ?? preset.baseUrl;
  if (baseUrl === undefined) {
    const reason = `it is missing, and there is no preset named "${name}"`;
    throw modelErrors.AF_MODEL_CONFIG({ provider: name, field: `servers/${name}/baseUrl`, reason });
  }
  const embeddingModels = config.embeddingModels ?? preset.embeddingModels ?? [];
  const asUsual = baseUrl === preset.baseUrl;
  return createHttpProvider(
    { ...config, baseUrl },
    {
      provider: name,
      description: `Models behind ${preset.title} at ${hostOf(baseUrl)}.`,
      protocol: createChatProtocol({ ...usualQuirks, ...preset.quirks, ...config.quirks }),
      capabilities: () => config.capabilities ?? {},
      embeddings: embeddingModels.map((model) => ({ name: model, textsPerCall })),
      ...(asUsual &&
        preset.keyVariable !== undefined && {
          keySetting: `"apiKey" of servers/${name} in the configuration of llm-compatible, \${secret:env:${preset.keyVariable}} for example`,
        }),
    },
  );
}

function presetOf(name: string, { preset }: CompatibleServerConfig): ServerPreset {
  const wanted = preset ?? name;
  const found = Object.hasOwn(serverPresets, wanted) ? serverPresets[wanted] : undefined;
  if (found) return found;
  if (preset === undefined) return { title: 'a server that speaks as OpenAI' };
  const known = Object.keys(serverPresets).join(', ');
  throw modelErrors.AF_MODEL_CONFIG({
    provider: name,
    field: `servers/${name}/preset`,
    reason: `"${preset}" is not known; there are ${known}`,
  });
}

function hostOf(baseUrl: string): string {
  return URL.canParse(baseUrl) ? new URL(baseUrl).host : baseUrl;
}
