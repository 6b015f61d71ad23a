/* The least that a fan-out can cost: one thread that writes the same bytes to every open socket, and does nothing else.
 *
 * usage: floor PORT          on 127.0.0.1; ends on SIGTERM
 *   any request is answered as a WebSocket handshake with the fixed key of receiver.c, and the socket is kept, except
 *   GET /send/ROUNDS/FRAMES/PAYLOAD_BYTES/GAP_US   writes ROUNDS times FRAMES joined binary frames to each socket, one
 *   write per socket and round, with GAP_US microseconds of sleep between the beginnings of two rounds. A payload of 18
 *   bytes or more begins with "@@" and 16 hex digits: CLOCK_MONOTONIC nanoseconds when its round began. Answers when
 *   done with "sent WRITES short WRITES_THAT_WERE_CUT". A short write means that the receiver could not follow, and
 *   that the figure says nothing. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MOST_SOCKETS = 60000, MOST_REQUEST = 4096 };

static int sockets[MOST_SOCKETS];
static int socket_count;

static const char SWITCHING[] =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: Bz3qJYTGdOe8gUSpLosEdiLKDrk=\r\n\r\n";

/* Appends one unmasked, final binary frame; returns its size. */
static size_t put_frame(unsigned char *place, size_t payload) {
    size_t head = 2;
    place[0] = 0x82;
    if (payload < 126) {
        place[1] = (unsigned char)payload;
    } else {
        place[1] = 126;
        place[2] = (unsigned char)(payload >> 8);
        place[3] = (unsigned char)payload;
        head = 4;
    }
    memset(place + head, 'a', payload);
    return head + payload;
}

static void sleep_until(struct timespec *due, long gap_us) {
    due->tv_nsec += (gap_us % 1000000) * 1000;
    due->tv_sec += gap_us / 1000000 + due->tv_nsec / 1000000000;
    due->tv_nsec %= 1000000000;
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, due, NULL);
}

/* The time at which a round begins, into each of its frames. */
static void put_stamps(unsigned char *bytes, size_t size, long frames, long payload) {
    struct timespec now;
    char stamp[32];
    if (payload < 18) return;
    clock_gettime(CLOCK_MONOTONIC, &now);
    snprintf(stamp, sizeof stamp, "@@%016llx", now.tv_sec * 1000000000ull + now.tv_nsec);
    for (long i = 1; i <= frames; i++) memcpy(bytes + size / frames * i - payload, stamp, 18);
}

static void send_rounds(int asker, long rounds, long frames, long payload, long gap_us) {
    unsigned char *bytes = malloc((size_t)frames * (payload + 4));
    size_t size = 0;
    long sent = 0, cut = 0;
    struct timespec due;
    char answer[160];
    for (long i = 0; i < frames; i++) size += put_frame(bytes + size, payload);
    clock_gettime(CLOCK_MONOTONIC, &due);
    for (long round = 0; round < rounds; round++) {
        put_stamps(bytes, size, frames, payload);
        for (int i = 0; i < socket_count; i++) {
            sent++;
            if (write(sockets[i], bytes, size) != (ssize_t)size) cut++;
        }
        sleep_until(&due, gap_us);
    }
    free(bytes);
    int length = snprintf(answer, sizeof answer,
                          "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nsent %ld short %ld\n", sent, cut);
    if (write(asker, answer, length) != length) perror("answer");
    close(asker);
}

static void serve(int asker) {
    static char request[MOST_REQUEST];
    long rounds, frames, payload, gap_us;
    ssize_t size = read(asker, request, sizeof request - 1);
    if (size <= 0) {
        close(asker);
        return;
    }
    request[size] = 0;
    if (sscanf(request, "GET /send/%ld/%ld/%ld/%ld", &rounds, &frames, &payload, &gap_us) == 4) {
        if (payload < 65536 && frames > 0 && frames <= 1000) send_rounds(asker, rounds, frames, payload, gap_us);
        else close(asker);
        return;
    }
    if (socket_count == MOST_SOCKETS || write(asker, SWITCHING, sizeof SWITCHING - 1) < 0) {
        close(asker);
        return;
    }
    fcntl(asker, F_SETFL, O_NONBLOCK);
    sockets[socket_count++] = asker;
}

int main(int count, char **words) {
    int on = 1, listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (count != 2) {
        fputs("usage: floor PORT\n", stderr);
        return 2;
    }
    here.sin_port = htons((unsigned short)atoi(words[1]));
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&here, sizeof here) || listen(listener, 1024)) {
        perror("listen");
        return 1;
    }
    for (;;) {
        int asker = accept(listener, NULL, NULL);
        if (asker < 0) return 1;
        setsockopt(asker, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        serve(asker);
    }
}
