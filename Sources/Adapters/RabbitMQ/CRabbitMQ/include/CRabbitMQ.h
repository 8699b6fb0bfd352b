// What Swift cannot take from rabbitmq-c and OpenSSL by itself: constants behind casts, and TLS over memory.
//
// rabbitmq-c is used as a codec: amqp_handle_input decodes, amqp_encode_method and amqp_encode_properties
// encode. Its own socket calls are left alone: they block when the socket is full and write heartbeats
// between frames on their own account, so an actor that must read confirms meanwhile cannot use them.
#pragma once

#include <amqp.h>
#include <amqp_framing.h>
#include <stddef.h>
#include <stdint.h>

#define CRABBITMQ_METHOD(name) static const uint32_t CRABBITMQ_##name = AMQP_##name##_METHOD
CRABBITMQ_METHOD(CONNECTION_START);
CRABBITMQ_METHOD(CONNECTION_START_OK);
CRABBITMQ_METHOD(CONNECTION_TUNE);
CRABBITMQ_METHOD(CONNECTION_TUNE_OK);
CRABBITMQ_METHOD(CONNECTION_OPEN);
CRABBITMQ_METHOD(CONNECTION_OPEN_OK);
CRABBITMQ_METHOD(CONNECTION_CLOSE);
CRABBITMQ_METHOD(CONNECTION_CLOSE_OK);
CRABBITMQ_METHOD(CONNECTION_BLOCKED);
CRABBITMQ_METHOD(CONNECTION_UNBLOCKED);
CRABBITMQ_METHOD(CHANNEL_OPEN);
CRABBITMQ_METHOD(CHANNEL_OPEN_OK);
CRABBITMQ_METHOD(CHANNEL_CLOSE);
CRABBITMQ_METHOD(CHANNEL_CLOSE_OK);
CRABBITMQ_METHOD(EXCHANGE_DECLARE);
CRABBITMQ_METHOD(EXCHANGE_DECLARE_OK);
CRABBITMQ_METHOD(EXCHANGE_BIND);
CRABBITMQ_METHOD(EXCHANGE_BIND_OK);
CRABBITMQ_METHOD(QUEUE_DECLARE);
CRABBITMQ_METHOD(QUEUE_DECLARE_OK);
CRABBITMQ_METHOD(QUEUE_BIND);
CRABBITMQ_METHOD(QUEUE_BIND_OK);
CRABBITMQ_METHOD(BASIC_QOS);
CRABBITMQ_METHOD(BASIC_QOS_OK);
CRABBITMQ_METHOD(BASIC_CONSUME);
CRABBITMQ_METHOD(BASIC_CONSUME_OK);
CRABBITMQ_METHOD(BASIC_CANCEL);
CRABBITMQ_METHOD(BASIC_CANCEL_OK);
CRABBITMQ_METHOD(BASIC_PUBLISH);
CRABBITMQ_METHOD(BASIC_RETURN);
CRABBITMQ_METHOD(BASIC_DELIVER);
CRABBITMQ_METHOD(BASIC_ACK);
CRABBITMQ_METHOD(BASIC_NACK);
CRABBITMQ_METHOD(CONFIRM_SELECT);
CRABBITMQ_METHOD(CONFIRM_SELECT_OK);
#undef CRABBITMQ_METHOD

/// A TLS client session between two memory buffers: it never touches a socket, so it never blocks.
typedef struct crabbitmq_tls crabbitmq_tls;

/// Starts a session that verifies the peer's chain and that its certificate names `host` (a name or an IP address).
///
/// `ca_file` may be NULL: the system's trusted roots are used. `certificate` and `key` (PEM files) may be NULL.
/// Returns NULL and a text in `problem` when a file cannot be used.
crabbitmq_tls *crabbitmq_tls_new(const char *host, const char *ca_file, const char *certificate, const char *key,
                                 char *problem, size_t problem_size);

void crabbitmq_tls_free(crabbitmq_tls *tls);

/// Advances the handshake: 1 when done, 0 when it needs more from the peer, -1 with a text in `problem`.
int crabbitmq_tls_handshake(crabbitmq_tls *tls, char *problem, size_t problem_size);

/// What stands in the way of a session that can be trusted.
typedef enum {
  CRABBITMQ_TLS_OTHER,
  CRABBITMQ_TLS_CHAIN,   ///< the broker's chain does not lead to a trusted root
  CRABBITMQ_TLS_TIME,    ///< it has expired, or is not valid yet
  CRABBITMQ_TLS_NAME,    ///< it names another host
  CRABBITMQ_TLS_PLAIN,   ///< the peer speaks no TLS there
  CRABBITMQ_TLS_VERSION, ///< no version that both speak
  CRABBITMQ_TLS_CLIENT,  ///< the broker refuses our certificate, or wants one
} crabbitmq_tls_fault;

/// At fault for the failure that was told last, and at once: OpenSSL's errors are those of the thread.
crabbitmq_tls_fault crabbitmq_tls_fault_of(const crabbitmq_tls *tls);

/// Encrypts all of `bytes`. Returns 0, or -1 when the session is broken.
int crabbitmq_tls_write(crabbitmq_tls *tls, const void *bytes, size_t count);

/// Decrypts into `bytes`: the count, 0 when more must arrive first, -1 with a text in `problem` when the session is
/// broken or was ended.
long crabbitmq_tls_read(crabbitmq_tls *tls, void *bytes, size_t count, char *problem, size_t problem_size);

/// Hands over what arrived on the socket. Returns 0, or -1 when memory ran out.
int crabbitmq_tls_arrived(crabbitmq_tls *tls, const void *bytes, size_t count);

/// Takes what must be sent on the socket: the count, 0 when there is nothing.
long crabbitmq_tls_departing(crabbitmq_tls *tls, void *bytes, size_t count);
