/* Many WebSocket readers in one thread, which count what they get and do nothing else.
 *
 * usage: receiver PORT PATH SOCKETS GREETING_FRAMES SUBSCRIBE_HEX [HEADER]...
 *   connects to 127.0.0.1, AT_ONCE handshakes at a time; sends the bytes SUBSCRIBE_HEX ("-" for none), which the caller has
 *   masked, behind each handshake's answer; a socket is settled when GREETING_FRAMES frames came (0: at once).
 *   Prints "settled SOCKETS" when all are. Then each line on its input is answered with one line:
 *   "frames F bytes B reads R closed C", counted from the previous line on. Pings are answered. Ends at the end of input. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { AT_ONCE = 64, MOST_EVENTS = 256, READ_BYTES = 1 << 20, MOST_REQUEST = 4096 };

struct reader {
    int fd;
    int is_open;           /* the handshake was answered */
    int is_settled;
    long greeting;         /* frames that are still to come before it is settled */
    uint64_t skip;         /* bytes of the frame under way that are still to come */
    unsigned char part[16]; /* the beginning of a frame's head, or of the end of the handshake */
    int part_size;
};

static struct reader *readers;
static int reader_count, begun, settled, greeting_frames, queue;
static char request[MOST_REQUEST];
static int request_size;
static unsigned char subscribe[65536];
static int subscribe_size;
static unsigned long frames, bytes, reads, closed;
static struct sockaddr_in there = {.sin_family = AF_INET};

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void watch(int fd, void *who) {
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = who};
    if (epoll_ctl(queue, EPOLL_CTL_ADD, fd, &event)) fail("epoll_ctl");
}

static void begin_next(void) {
    int on = 1;
    if (begun == reader_count) return;
    struct reader *reader = &readers[begun++];
    reader->fd = socket(AF_INET, SOCK_STREAM, 0);
    reader->greeting = greeting_frames;
    setsockopt(reader->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(reader->fd, (struct sockaddr *)&there, sizeof there)) fail("connect");
    if (write(reader->fd, request, request_size) != request_size) fail("handshake");
    fcntl(reader->fd, F_SETFL, O_NONBLOCK);
    watch(reader->fd, reader);
}

static void settle(struct reader *reader) {
    if (reader->is_settled) return;
    reader->is_settled = 1;
    begin_next();
    if (++settled == reader_count) {
        printf("settled %d\n", settled);
        fflush(stdout);
    }
}

/* Pings here are empty, or small and whole in one read: their payload is not needed, as nobody compares it. */
static void answer_ping(struct reader *reader) {
    static const unsigned char pong[] = {0x8a, 0x80, 0, 0, 0, 0};
    if (write(reader->fd, pong, sizeof pong) != sizeof pong) closed++;
}

static void count_frame(struct reader *reader, int opcode) {
    if (opcode == 9) answer_ping(reader);
    if (opcode > 2) return;
    frames++;
    if (!reader->is_settled && --reader->greeting <= 0) settle(reader);
}

/* Takes one frame's head from the bytes; 0 if it is not whole. */
static size_t take_head(const unsigned char *at, size_t size, uint64_t *payload) {
    size_t head = 2;
    if (size < 2) return 0;
    *payload = at[1] & 127;
    if (*payload == 126) {
        head = 4;
        if (size < head) return 0;
        *payload = (uint64_t)at[2] << 8 | at[3];
    } else if (*payload == 127) {
        head = 10;
        if (size < head) return 0;
        *payload = 0;
        for (int i = 2; i < 10; i++) *payload = *payload << 8 | at[i];
    }
    return head;
}

static void take_frames(struct reader *reader, const unsigned char *at, size_t size) {
    while (size) {
        uint64_t payload;
        size_t step = reader->skip < size ? reader->skip : size;
        at += step;
        size -= step;
        reader->skip -= step;
        if (!size) return;
        size_t head = take_head(at, size, &payload);
        if (!head) { /* seldom: a head cut by the end of a read */
            memcpy(reader->part, at, size);
            reader->part_size = (int)size;
            return;
        }
        count_frame(reader, at[0] & 15);
        at += head;
        size -= head;
        reader->skip = payload;
    }
}

static void take_answer(struct reader *reader, unsigned char *at, size_t size) {
    unsigned char *end = memmem(at, size, "\r\n\r\n", 4);
    if (!end) {
        fprintf(stderr, "the handshake's answer came in pieces\n");
        exit(1);
    }
    if (size < 12 || memcmp(at + 9, "101", 3)) {
        fprintf(stderr, "no WebSocket: %.*s\n", (int)(size < 300 ? size : 300), at);
        exit(1);
    }
    reader->is_open = 1;
    if (subscribe_size && write(reader->fd, subscribe, subscribe_size) != subscribe_size) fail("subscribe");
    if (!greeting_frames) settle(reader);
    take_frames(reader, end + 4, at + size - end - 4);
}

static void take(struct reader *reader) {
    static unsigned char buffer[READ_BYTES + 16];
    int kept = reader->part_size;
    memcpy(buffer, reader->part, kept);
    reader->part_size = 0;
    ssize_t size = read(reader->fd, buffer + kept, READ_BYTES);
    if (size <= 0) {
        if (size < 0 && errno == EAGAIN) return;
        closed++;
        close(reader->fd);
        return;
    }
    reads++;
    bytes += size;
    if (reader->is_open) take_frames(reader, buffer, kept + size);
    else take_answer(reader, buffer, size);
}

static void read_hex(const char *hex) {
    for (; hex[0] && hex[1]; hex += 2) {
        unsigned value;
        if (sscanf(hex, "%2x", &value) != 1 || subscribe_size == sizeof subscribe) exit(2);
        subscribe[subscribe_size++] = (unsigned char)value;
    }
}

int main(int count, char **words) {
    struct epoll_event events[MOST_EVENTS];
    char line[64];
    if (count < 6) {
        fputs("usage: receiver PORT PATH SOCKETS GREETING_FRAMES SUBSCRIBE_HEX [HEADER]...\n", stderr);
        return 2;
    }
    there.sin_port = htons((unsigned short)atoi(words[1]));
    there.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    reader_count = atoi(words[3]);
    greeting_frames = atoi(words[4]);
    if (strcmp(words[5], "-")) read_hex(words[5]);
    request_size = snprintf(request, sizeof request,
                            "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAECAwQFBgcICQoLDA0ODw==\r\n",
                            words[2], words[1]);
    for (int i = 6; i < count; i++)
        request_size += snprintf(request + request_size, sizeof request - request_size, "%s\r\n", words[i]);
    request_size += snprintf(request + request_size, sizeof request - request_size, "\r\n");
    queue = epoll_create1(0);
    readers = calloc(reader_count, sizeof *readers);
    watch(0, NULL);
    for (int i = 0; i < AT_ONCE; i++) begin_next();
    for (;;) {
        int ready = epoll_wait(queue, events, MOST_EVENTS, -1);
        for (int i = 0; i < ready; i++) {
            if (events[i].data.ptr) {
                take(events[i].data.ptr);
                continue;
            }
            ssize_t size = read(0, line, sizeof line);
            if (size <= 0) return 0;
            printf("frames %lu bytes %lu reads %lu closed %lu\n", frames, bytes, reads, closed);
            fflush(stdout);
            frames = bytes = reads = 0;
        }
    }
}
