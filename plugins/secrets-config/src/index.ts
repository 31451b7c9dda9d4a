import { definePlugin, type Plugin } from '@agent-factory/sdk';
import { SecretStore } from '@agent-factory/sdk/contracts';
import type { SecretsConfig } from './config.ts';
import { createConfigSecrets } from './config-secrets.ts';

const plugin: Plugin<SecretsConfig> = definePlugin<SecretsConfig>({
  setup(ctx) {
    for (const [name, { value }] of Object.entries(ctx.config.secrets))
      if (value === undefined) ctx.log.warn('a secret has no value, so nothing can use it', { secret: name });
    ctx.provide(SecretStore, createConfigSecrets(ctx.config));
  },
});

export default plugin;
