#include "CRabbitMQ.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

struct crabbitmq_tls {
  SSL_CTX *context;
  SSL *session; // owns both buffers
  BIO *arriving;
  BIO *departing;
};

static void describe(crabbitmq_tls *tls, const char *what, char *problem, size_t size) {
  long verdict = tls->session ? SSL_get_verify_result(tls->session) : X509_V_OK;
  unsigned long code = ERR_peek_last_error();
  const char *reason = NULL;
  if (verdict != X509_V_OK) {
    reason = X509_verify_cert_error_string(verdict);
  } else if (code) {
    reason = ERR_reason_error_string(code);
  }
  snprintf(problem, size, "%s%s%s", what, reason ? ": " : "", reason ? reason : "");
}

crabbitmq_tls_fault crabbitmq_tls_fault_of(const crabbitmq_tls *tls) {
  switch (SSL_get_verify_result(tls->session)) {
  case X509_V_OK: break;
  case X509_V_ERR_CERT_HAS_EXPIRED:
  case X509_V_ERR_CERT_NOT_YET_VALID: return CRABBITMQ_TLS_TIME;
  case X509_V_ERR_HOSTNAME_MISMATCH:
  case X509_V_ERR_IP_ADDRESS_MISMATCH: return CRABBITMQ_TLS_NAME;
  default: return CRABBITMQ_TLS_CHAIN;
  }
  unsigned long code = ERR_peek_last_error();
  if (ERR_GET_LIB(code) != ERR_LIB_SSL) return CRABBITMQ_TLS_OTHER;
  switch (ERR_GET_REASON(code)) {
  case SSL_R_WRONG_VERSION_NUMBER: return CRABBITMQ_TLS_PLAIN;
  case SSL_R_UNSUPPORTED_PROTOCOL:
  case SSL_R_NO_PROTOCOLS_AVAILABLE:
  case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION: return CRABBITMQ_TLS_VERSION;
  case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
  case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
  case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
  case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
  case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
  case SSL_R_TLSV1_ALERT_ACCESS_DENIED:
  case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
  case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED: return CRABBITMQ_TLS_CLIENT;
  default: return CRABBITMQ_TLS_OTHER;
  }
}

static int expect_host(SSL *session, const char *host) {
  X509_VERIFY_PARAM *rules = SSL_get0_param(session);
  X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  if (X509_VERIFY_PARAM_set1_ip_asc(rules, host)) return 1;
  ERR_clear_error();
  // The server name extension is for names only (RFC 6066).
  return SSL_set1_host(session, host) && SSL_set_tlsext_host_name(session, host);
}

static const char *prepare(crabbitmq_tls *tls, const char *host, const char *ca_file, const char *certificate,
                           const char *key) {
  tls->context = SSL_CTX_new(TLS_client_method());
  if (!tls->context) return "TLS cannot be set up";
  SSL_CTX_set_min_proto_version(tls->context, TLS1_2_VERSION);
  SSL_CTX_set_verify(tls->context, SSL_VERIFY_PEER, NULL);
  int trusted = ca_file ? SSL_CTX_load_verify_file(tls->context, ca_file)
                        : SSL_CTX_set_default_verify_paths(tls->context);
  if (!trusted) return "the root certificates cannot be read";
  if (certificate && SSL_CTX_use_certificate_chain_file(tls->context, certificate) != 1)
    return "the client certificate cannot be read";
  if (key && SSL_CTX_use_PrivateKey_file(tls->context, key, SSL_FILETYPE_PEM) != 1)
    return "the client key cannot be read, or does not fit the certificate";
  tls->session = SSL_new(tls->context);
  BIO *arriving = BIO_new(BIO_s_mem()), *departing = BIO_new(BIO_s_mem());
  if (!tls->session || !arriving || !departing) {
    BIO_free(arriving);
    BIO_free(departing);
    return "TLS cannot be set up";
  }
  SSL_set_bio(tls->session, arriving, departing);
  tls->arriving = arriving;
  tls->departing = departing;
  if (!expect_host(tls->session, host)) return "the host name cannot be checked";
  SSL_set_connect_state(tls->session);
  return NULL;
}

crabbitmq_tls *crabbitmq_tls_new(const char *host, const char *ca_file, const char *certificate, const char *key,
                                 char *problem, size_t problem_size) {
  crabbitmq_tls *tls = calloc(1, sizeof *tls);
  if (!tls) {
    snprintf(problem, problem_size, "out of memory");
    return NULL;
  }
  ERR_clear_error();
  const char *failed = prepare(tls, host, ca_file, certificate, key);
  if (!failed) return tls;
  describe(tls, failed, problem, problem_size);
  crabbitmq_tls_free(tls);
  return NULL;
}

void crabbitmq_tls_free(crabbitmq_tls *tls) {
  SSL_free(tls->session);
  SSL_CTX_free(tls->context);
  free(tls);
}

int crabbitmq_tls_handshake(crabbitmq_tls *tls, char *problem, size_t problem_size) {
  ERR_clear_error();
  int result = SSL_do_handshake(tls->session);
  if (result == 1) return 1;
  if (SSL_get_error(tls->session, result) == SSL_ERROR_WANT_READ) return 0;
  describe(tls, "the TLS handshake failed", problem, problem_size);
  return -1;
}

int crabbitmq_tls_write(crabbitmq_tls *tls, const void *bytes, size_t count) {
  size_t written = 0;
  ERR_clear_error();
  // The departing buffer grows as needed, so a write is whole or the session is broken.
  return SSL_write_ex(tls->session, bytes, count, &written) == 1 && written == count ? 0 : -1;
}

long crabbitmq_tls_read(crabbitmq_tls *tls, void *bytes, size_t count, char *problem, size_t problem_size) {
  size_t taken = 0;
  ERR_clear_error();
  int result = SSL_read_ex(tls->session, bytes, count, &taken);
  if (result == 1) return (long)taken;
  if (SSL_get_error(tls->session, result) == SSL_ERROR_WANT_READ) return 0;
  describe(tls, "RabbitMQ ended the TLS session", problem, problem_size);
  return -1;
}

int crabbitmq_tls_arrived(crabbitmq_tls *tls, const void *bytes, size_t count) {
  return count <= INT_MAX && BIO_write(tls->arriving, bytes, (int)count) == (int)count ? 0 : -1;
}

long crabbitmq_tls_departing(crabbitmq_tls *tls, void *bytes, size_t count) {
  int taken = BIO_read(tls->departing, bytes, count < INT_MAX ? (int)count : INT_MAX);
  return taken > 0 ? taken : 0;
}
