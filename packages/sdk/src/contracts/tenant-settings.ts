import { defineContract, type SingleContract } from '../contract.ts';
import type { Json, JsonSchema } from '../json.ts';
import type { ChangeCondition } from './change-condition.ts';

/** What names a setting: the plugin that declares it, and what is set. */
export const settingNamePattern: RegExp = /^[a-z][a-z0-9-]{0,49}\.[a-z][A-Za-z0-9]{0,49}$/;

/** Who may set a setting. The administrator of the platform may always. */
export type SettingSetter = 'tenant' | 'platform';

/** Where the value that holds comes from: the plugin, the configuration of the platform, or what was set for the tenant. */
export type SettingSource = 'default' | 'platform' | 'tenant';

/** Something that can be set for each tenant. Never a secret: those go into a `SecretVault`. */
export interface SettingSpec<Value extends Json = Json> {
  /** {@link settingNamePattern}, such as `prompt-log.days`. */
  readonly name: string;
  /** A few words. */
  readonly title: string;
  /** What it does, as sentences. */
  readonly description: string;
  /** Of a value. */
  readonly schema: JsonSchema;
  /** What holds where nobody set anything. */
  readonly default: Value;
  /** What the configuration of the plugin says, where it says anything. */
  readonly configured?: Value;
  readonly setBy: SettingSetter;
}

/** A setting that was declared. Disposed of, it is gone; what was set is kept. */
export interface DeclaredSetting<Value extends Json = Json> extends Disposable {
  /**
   * What holds for a tenant. It is remembered, so that other processes hear of changes some seconds later.
   * AF_TENANT_UNKNOWN.
   */
  of(tenant: string): Promise<Value>;
}

/** A setting as it is for one tenant. */
export interface SettingState extends Omit<SettingSpec, 'default' | 'configured'> {
  /** What holds. */
  readonly value: Json;
  readonly source: SettingSource;
  /** What would hold if nothing was set for the tenant. */
  readonly inherited: Json;
  /** When it was set for the tenant, in milliseconds since the epoch. */
  readonly setAt?: number;
  /** Why what was set for the tenant does not hold: the plugin has another schema than it had. */
  readonly problem?: string;
}

/** A change of a setting. */
export interface SettingChange extends ChangeCondition<SettingState> {
  /** Who makes it; AF_SETTING_OF_PLATFORM where that is the tenant and it may not. */
  readonly by: SettingSetter;
}

/** The settings of one tenant, read anew each time. Each fails with AF_TENANT_UNKNOWN where there is no such tenant. */
export interface SettingsOfTenant {
  /** By name. */
  list(): Promise<readonly SettingState[]>;
  /** AF_SETTING_UNKNOWN. */
  get(name: string): Promise<SettingState>;
  /** AF_SETTING_UNKNOWN; AF_SETTING_INVALID; AF_SETTING_OF_PLATFORM. */
  set(name: string, value: Json, change: SettingChange): Promise<SettingState>;
  /** Has the tenant have what it inherits. AF_SETTING_UNKNOWN; AF_SETTING_OF_PLATFORM. */
  reset(name: string, change: SettingChange): Promise<SettingState>;
}

/**
 * What can be set for each tenant. Plugins declare it when they are set up, and ask for it when they need it; one that
 * finds no provider goes by its configuration alone.
 */
export interface TenantSettings {
  /**
   * Declares a setting, for as long as the plugin lives: give what it returns to `ctx.own`. Declared again, by the
   * plugin's next instance, the newest counts. AF_SETTING_DECLARATION_INVALID.
   *
   * @example
   * ```ts
   * declare const settings: TenantSettings;
   * const days = settings.declare<number | null>({
   *   name: 'diary.days',
   *   title: 'Days a diary is kept',
   *   description: 'Days after which pages are removed; null: never.',
   *   schema: { type: ['integer', 'null'], minimum: 1 },
   *   default: null,
   *   setBy: 'tenant',
   * });
   * await days.of('acme');
   * ```
   */
  declare<Value extends Json>(spec: SettingSpec<Value>): DeclaredSetting<Value>;
  tenant(id: string): SettingsOfTenant;
}

/** Token of {@link TenantSettings}. */
export const TenantSettings: SingleContract<TenantSettings> = defineContract<TenantSettings>({
  id: 'tenant-settings',
  version: '1.0.0',
  description: 'What can be set for each tenant.',
});
