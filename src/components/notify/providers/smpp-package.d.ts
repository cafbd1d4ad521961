/** What we use of the package smpp, which brings no types. */
declare module 'smpp' {
  import type { EventEmitter } from 'node:events';
  import type { Server as NetServer } from 'node:net';

  interface ShortMessage {
    readonly udh?: readonly Buffer[];
    readonly message: string | Buffer;
  }

  export interface PDU {
    readonly command: string;
    readonly command_status: number;
    readonly sequence_number: number;
    readonly message_id?: string;
    readonly esm_class?: number;
    readonly source_addr?: string;
    readonly destination_addr?: string;
    readonly short_message?: ShortMessage;
    readonly message_payload?: ShortMessage;
    readonly receipted_message_id?: string;
    readonly message_state?: number;
    readonly data_coding?: number;
    readonly registered_delivery?: number;
    readonly user_message_reference?: number;
    readonly system_id?: string;
    readonly password?: string;
    response(options?: Readonly<Record<string, unknown>>): PDU;
  }

  type Values = Readonly<Record<string, unknown>>;
  type Answered = (pdu: PDU) => void;

  export class Session extends EventEmitter {
    bind_transceiver(values: Values, answered: Answered): boolean;
    submit_sm(values: Values, answered: Answered): boolean;
    deliver_sm(values: Values, answered: Answered): boolean;
    enquire_link(answered?: Answered): boolean;
    unbind(answered?: Answered): boolean;
    send(pdu: PDU): boolean;
    close(closed?: () => void): void;
    destroy(closed?: () => void): void;
  }

  export class Server extends NetServer {
    readonly sessions: Session[];
  }

  const smpp: {
    readonly encodings: Readonly<
      Record<'ASCII' | 'UCS2', { encode(text: string): Buffer; decode(bytes: Buffer): string }>
    >;
    connect(options: { url: string; auto_enquire_link_period?: number }): Session;
    createServer(listener: (session: Session) => void): Server;
  };
  export default smpp;
}
