import { isAgentFactoryError, type Json } from '@agent-factory/sdk';
import { TenantSettings, type SettingsOfTenant, type SettingState } from '@agent-factory/sdk/contracts';
import { withPlatform, type CommonOptions } from '../boot.ts';
import { errors } from '../errors.ts';
import { print, table } from '../terminal.ts';

/** Options of the commands about one tenant's settings. */
export interface SettingOptions {
  readonly tenant: string;
  readonly json?: boolean;
}

/** Whoever runs commands has the platform in their hands. */
const byPlatform = { by: 'platform' } as const;

/** `agent-factory setting list`. */
export async function listSettings(options: CommonOptions & SettingOptions): Promise<void> {
  const all = await withSettings(options, (settings) => settings.list());
  if (options.json) return print(JSON.stringify(all, null, 2));
  if (all.length === 0) return print('No plugin lets tenants set anything.');
  const rows = all.map(({ name, value, source, setBy, title }) => [
    name,
    JSON.stringify(value),
    source,
    setBy,
    title,
  ]);
  for (const line of table([['SETTING', 'VALUE', 'FROM', 'SET BY', 'ABOUT'], ...rows])) print(line);
}

/** `agent-factory setting put`. */
export async function putSetting(
  name: string,
  value: string,
  options: CommonOptions & SettingOptions,
): Promise<void> {
  show(await withSettings(options, (settings) => settings.set(name, jsonOf(value), byPlatform)), options);
}

/** `agent-factory setting reset`. */
export async function resetSetting(name: string, options: CommonOptions & SettingOptions): Promise<void> {
  show(await withSettings(options, (settings) => settings.reset(name, byPlatform)), options);
}

function show(state: SettingState, { tenant, json }: SettingOptions): void {
  if (json) return print(JSON.stringify(state, null, 2));
  const { name, value, source } = state;
  print(`The setting ${name} of the tenant ${tenant} is ${JSON.stringify(value)} (${source}).`);
}

/** What is no JSON is a text without its quotes, which shells take away. */
function jsonOf(text: string): Json {
  try {
    return JSON.parse(text) as Json; // it gives nothing else
  } catch {
    return text;
  }
}

function withSettings<T>(
  options: CommonOptions & SettingOptions,
  job: (settings: SettingsOfTenant) => Promise<T>,
): Promise<T> {
  return withPlatform(options, (kernel) => {
    let settings: TenantSettings;
    try {
      settings = kernel.use(TenantSettings);
    } catch (error) {
      if (!isAgentFactoryError(error, 'AF_CONTRACT_UNAVAILABLE')) throw error;
      const plugin = '@agent-factory/plugin-settings-sql';
      throw errors.AF_CLI_NO_STORAGE({ contract: TenantSettings.id, plugin }, { cause: error });
    }
    return job(settings.tenant(options.tenant));
  });
}
