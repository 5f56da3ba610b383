/** What a resolver gets: the viewer, the tenant-bound database, the services and a log that carries the request id. */
import type { Plugin, YogaInitialContext } from 'graphql-yoga';
import type { Viewer } from './authentication/viewer.ts';
import type { AuthorizationState } from './authorization/state.ts';
import type { Config } from './config.ts';
import type { Exchange, ServerContext } from './http/exchange.ts';
import type { Logger } from './logger.ts';
import type { Services } from './services/services.ts';
import type { Database } from './stores/database.ts';
import type { Events } from './stores/events.ts';
import type { Sealer } from './stores/sealer.ts';

/** Facts about the request that services and audit events need. */
export interface RequestFacts {
  readonly requestId: string;
  /** The client's address: the socket's, or a forwarded one where TRUST_PROXY says so. */
  readonly ip: string;
  readonly userAgent: string | null;
}

/** The context of every resolver. */
export interface GatewayContext extends YogaInitialContext {
  readonly requestFacts: RequestFacts;
  /** The HTTP exchange, for the frame's own plugins; resolvers go by `requestFacts`. */
  readonly exchange: Exchange;
  readonly viewer: Viewer;
  readonly db: Database;
  /** Seals cursors. */
  readonly sealer: Sealer;
  /** What subscriptions listen to. */
  readonly events: Events;
  readonly services: Services;
  readonly config: Config;
  readonly log: Logger;
  /** The operation's plan and the denials found so far; set by the authorization plugin before execution. */
  readonly authorization: AuthorizationState;
}

/** A Yoga plugin that knows what the gateway carries through its hooks. */
export type GatewayPlugin = Plugin<GatewayContext, ServerContext>;

/** A plugin of the deployment's own: any Yoga or envelop plugin, or one that knows the gateway's context. */
export type DeploymentPlugin = Plugin | Plugin<GatewayContext> | GatewayPlugin;
