/* Stands between the program and the C library for the files of one folder (LD_PRELOAD): syncs fail, the disk is
 * full, or the power goes. FOLKMOOT_SHIM_FOLDER names the folder; FOLKMOOT_SHIM_PLAN is one of
 *
 *   fail-once N        the Nth sync fails (EIO)
 *   fail-from N        the Nth sync and all after it fail
 *   full N             writes that make files longer fail (ENOSPC) after N bytes
 *   power N SEED       the power goes before the Nth write, cut or sync
 *   fail-once N power M SEED      the Nth sync fails, and the power goes before the Mth event
 *   power-at-end SEED  the power goes when the program has ended by itself
 *
 * Power loss: what was written since a file's last successful sync is lost in part, at random, by sectors of 512
 * bytes; a name that came into the folder since the folder itself was last synced is lost too, and so is the folder
 * where its parent was not synced. What a failed sync should have kept is lost for certain: the kernel takes such
 * pages for clean. The process ends with code 77. What became of the plan is appended to FOLKMOOT_SHIM_REPORT.
 *
 * The index of SQLite's log (-shm) does not outlive a boot, and is left alone. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define SECTOR 512
#define FILES 256
#define NAMES 256
#define LOST 77

enum state { UNSYNCED, SYNCED, DOOMED };

struct change {
    struct change *next, *before;
    int is_cut;
    enum state state;
    off_t at;            /* of a cut: the new length */
    size_t length, kept; /* bytes written; bytes that were there before */
    off_t size_before;
    char *written, *old;
};

struct file {
    dev_t device;
    ino_t inode;
    int fd; /* never closed: that would drop the locks of this process */
    struct change *first, *last;
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static char folder[PATH_MAX], parent[PATH_MAX], report[PATH_MAX];
static struct file files[FILES];
static int file_count;
static struct { char name[NAME_MAX + 1]; ino_t inode; } lasting[NAMES];
static int lasting_count, folder_lasts;
static long syncs, events, fail_first, fail_last, power_at, power_at_end;
static long long room = -1;
static uint64_t chance;

static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static int (*real_ftruncate)(int, off_t);
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);
static ssize_t (*real_writev)(int, const struct iovec *, int);
static ssize_t (*real_pwritev)(int, const struct iovec *, int, off_t);
static int (*real_posix_fallocate)(int, off_t, off_t);

static uint64_t draw(void) {
    chance += 0x9E3779B97F4A7C15u;
    uint64_t mixed = chance;
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9u;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBu;
    return mixed ^ (mixed >> 31);
}

static void say(const char *format, ...) {
    char line[256];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    int fd = open(report, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd >= 0) {
        if (real_write(fd, line, (size_t)length) < 0) abort();
        close(fd);
    }
}

/* Takes down which names of the folder would outlive a loss of power. */
static void note_names(void) {
    lasting_count = 0;
    DIR *open_folder = opendir(folder);
    if (!open_folder) return;
    struct dirent *entry;
    while ((entry = readdir(open_folder)) && lasting_count < NAMES) {
        snprintf(lasting[lasting_count].name, sizeof lasting[0].name, "%s", entry->d_name);
        lasting[lasting_count++].inode = entry->d_ino;
    }
    closedir(open_folder);
}

static int lasts(const struct dirent *entry) {
    for (int i = 0; i < lasting_count; i++)
        if (lasting[i].inode == entry->d_ino && !strcmp(lasting[i].name, entry->d_name)) return 1;
    return 0;
}

__attribute__((constructor)) static void begin(void) {
    real_write = dlsym(RTLD_NEXT, "write");
    real_pwrite = dlsym(RTLD_NEXT, "pwrite");
    real_ftruncate = dlsym(RTLD_NEXT, "ftruncate");
    real_fsync = dlsym(RTLD_NEXT, "fsync");
    real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
    real_writev = dlsym(RTLD_NEXT, "writev");
    real_pwritev = dlsym(RTLD_NEXT, "pwritev");
    real_posix_fallocate = dlsym(RTLD_NEXT, "posix_fallocate");
    const char *named = getenv("FOLKMOOT_SHIM_FOLDER"), *plan = getenv("FOLKMOOT_SHIM_PLAN"), *to = getenv("FOLKMOOT_SHIM_REPORT");
    if (!named || !plan || !to) return;
    snprintf(folder, sizeof folder, "%s", named);
    snprintf(parent, sizeof parent, "%s", named);
    snprintf(report, sizeof report, "%s", to);
    *strrchr(parent, '/') = 0;
    unsigned long long seed = 0;
    int read = 0;
    if (sscanf(plan, "fail-once %ld%n", &fail_first, &read) == 1) {
        fail_last = fail_first;
        plan += read;
        while (*plan == ' ') plan++;
    }
    if (!*plan || sscanf(plan, "power %ld %llu", &power_at, &seed) == 2) {
    } else if (sscanf(plan, "power-at-end %llu", &seed) == 1) {
        power_at_end = 1;
    } else if (sscanf(plan, "fail-from %ld", &fail_first) == 1) {
        fail_last = LONG_MAX;
    } else if (sscanf(plan, "full %lld", &room) != 1) {
        say("no such plan: %s\n", plan);
        abort();
    }
    chance = seed;
    folder_lasts = access(folder, F_OK) == 0;
    note_names();
}

static void whole_write(int fd, const char *bytes, size_t length, off_t at) {
    while (length > 0) {
        ssize_t written = real_pwrite(fd, bytes, length, at);
        if (written <= 0) abort();
        bytes += written, at += written, length -= (size_t)written;
    }
}

static void undo(struct file *file, struct change *change) {
    if (change->is_cut) {
        if (real_ftruncate(file->fd, change->size_before)) abort();
        whole_write(file->fd, change->old, change->kept, change->at);
    } else {
        whole_write(file->fd, change->old, change->kept, change->at);
        if (change->at + (off_t)change->length > change->size_before && real_ftruncate(file->fd, change->size_before)) abort();
    }
}

/* Some of a write reaches the disk, by sectors. */
static void redo(struct file *file, struct change *change, unsigned percent) {
    if (change->state == DOOMED) return;
    int all = change->state == SYNCED;
    if (change->is_cut) {
        if ((all || draw() % 100 < percent) && real_ftruncate(file->fd, change->at)) abort();
        return;
    }
    for (size_t done = 0; done < change->length;) {
        size_t part = SECTOR - (size_t)((change->at + (off_t)done) % SECTOR);
        if (part > change->length - done) part = change->length - done;
        if (all || draw() % 100 < percent) whole_write(file->fd, change->written + done, part, change->at + (off_t)done);
        done += part;
    }
}

static void lose_names(void) {
    static char path[PATH_MAX * 2];
    if (!folder_lasts) {
        snprintf(path, sizeof path, "%s.lost", folder);
        if (rename(folder, path)) say("the folder could not be lost\n");
        return;
    }
    DIR *open_folder = opendir(folder);
    struct dirent *entry;
    while (open_folder && (entry = readdir(open_folder))) {
        if (lasts(entry) || entry->d_type != DT_REG || strstr(entry->d_name, "-shm") || draw() % 100 >= 70) continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        say("lost the name %s\n", entry->d_name);
        unlink(path);
    }
}

static void lights_out(void) {
    static const unsigned survives[] = {0, 20, 50, 80, 100};
    unsigned percent = survives[draw() % 5];
    long changes = 0;
    /* Whoever would kill the process now waits instead: half undone, the files are no disk that lost power. */
    say("the power goes\n");
    for (struct file *file = files; file < files + file_count; file++) {
        for (struct change *change = file->last; change; change = change->before) undo(file, change);
        for (struct change *change = file->first; change; change = change->next) {
            changes += change->state != SYNCED;
            redo(file, change, percent);
        }
    }
    lose_names();
    say("the power went at event %ld after %ld syncs: %ld changes not synced, %u of 100 sectors kept\n", events, syncs, changes, percent);
    _exit(LOST);
}

__attribute__((destructor)) static void end(void) {
    if (*folder) say("ended after %ld events, %ld syncs\n", events, syncs);
    if (power_at_end) {
        pthread_mutex_lock(&mutex);
        lights_out();
    }
}

/* Where an open file is. */
static int path_of(int fd, char *path) {
    char link[40];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    path[length < 0 ? 0 : length] = 0;
    return length > 0;
}

/* The file's account; none for what is not watched. */
static struct file *watched(int fd) {
    int fault = errno;
    char path[PATH_MAX], again[40];
    struct stat about;
    size_t length = strlen(folder);
    if (!length || fstat(fd, &about) || !S_ISREG(about.st_mode) || !path_of(fd, path)) return errno = fault, NULL;
    errno = fault;
    if (strncmp(path, folder, length) || path[length] != '/' || strstr(path, "-shm")) return NULL;
    for (struct file *file = files; file < files + file_count; file++)
        if (file->device == about.st_dev && file->inode == about.st_ino && file->fd >= 0) return file;
    snprintf(again, sizeof again, "/proc/self/fd/%d", fd);
    int own = open(again, O_RDWR | O_CLOEXEC);
    errno = fault;
    if (own < 0 || file_count == FILES) return NULL;
    files[file_count] = (struct file){about.st_dev, about.st_ino, own, NULL, NULL};
    return &files[file_count++];
}

static off_t size_of(struct file *file) {
    struct stat about;
    if (fstat(file->fd, &about)) abort();
    return about.st_size;
}

static void append(struct file *file, struct change *change) {
    change->before = file->last;
    if (file->last) file->last->next = change;
    else file->first = change;
    file->last = change;
}

static char *read_old(struct file *file, size_t length, off_t at) {
    char *old = malloc(length + 1);
    size_t done = 0;
    while (done < length) {
        ssize_t part = pread(file->fd, old + done, length - done, at + (off_t)done);
        if (part <= 0) abort();
        done += (size_t)part;
    }
    return old;
}

static void note_write(struct file *file, const void *bytes, size_t length, off_t at) {
    struct change *change = calloc(1, sizeof *change);
    change->size_before = size_of(file);
    change->at = at, change->length = length;
    off_t there = change->size_before - at;
    change->kept = there <= 0 ? 0 : (size_t)there < length ? (size_t)there : length;
    change->old = read_old(file, change->kept, at);
    change->written = malloc(length + 1);
    memcpy(change->written, bytes, length);
    append(file, change);
}

static void note_cut(struct file *file, off_t to) {
    struct change *change = calloc(1, sizeof *change);
    change->is_cut = 1, change->at = to, change->size_before = size_of(file);
    change->kept = change->size_before > to ? (size_t)(change->size_before - to) : 0;
    change->old = read_old(file, change->kept, to);
    append(file, change);
}

static void event(void) {
    if (++events == power_at) lights_out();
}

/* Whether there is room for a write. */
static int fits(struct file *file, size_t length, off_t at) {
    off_t more = at + (off_t)length - size_of(file);
    if (room < 0 || more <= 0) return 1;
    if (more > room) {
        static int said;
        if (!said++) say("the disk is full\n");
        return 0;
    }
    room -= more;
    return 1;
}

static ssize_t write_at(int fd, const void *bytes, size_t length, off_t at, int moves) {
    pthread_mutex_lock(&mutex);
    struct file *file = watched(fd);
    ssize_t written = -1;
    if (!file) {
        pthread_mutex_unlock(&mutex);
        return moves ? real_write(fd, bytes, length) : real_pwrite(fd, bytes, length, at);
    }
    if (moves) at = fcntl(fd, F_GETFL) & O_APPEND ? size_of(file) : lseek(fd, 0, SEEK_CUR);
    event();
    if (fits(file, length, at)) {
        note_write(file, bytes, length, at);
        written = moves ? real_write(fd, bytes, length) : real_pwrite(fd, bytes, length, at);
        if (written != (ssize_t)length) abort(); /* the real disk failed: this is no test of it */
    } else {
        errno = ENOSPC;
    }
    pthread_mutex_unlock(&mutex);
    return written;
}

static int cut(int fd, off_t to) {
    pthread_mutex_lock(&mutex);
    struct file *file = watched(fd);
    if (file) {
        event();
        note_cut(file, to);
    }
    int done = real_ftruncate(fd, to);
    pthread_mutex_unlock(&mutex);
    return done;
}

static void settle(struct file *file, enum state state) {
    int doomed = state == DOOMED;
    for (struct change *change = file->first; change; change = change->next) doomed |= change->state == DOOMED;
    for (struct change *change = file->first, *next; change; change = next) {
        next = change->next;
        if (doomed) {
            if (change->state == UNSYNCED) change->state = state;
            continue;
        }
        free(change->old), free(change->written), free(change);
    }
    if (!doomed) file->first = file->last = NULL;
}

static int sync_folder(int fd) {
    char path[PATH_MAX];
    struct stat about;
    if (!*folder || fstat(fd, &about) || !S_ISDIR(about.st_mode) || !path_of(fd, path)) return 0;
    if (!strcmp(path, folder)) note_names();
    else if (!strcmp(path, parent)) folder_lasts = 1;
    else return 0;
    return 1;
}

static int sync_one(int fd, int (*real)(int)) {
    pthread_mutex_lock(&mutex);
    struct file *file = watched(fd);
    int done = 0;
    if (!file) {
        if (!sync_folder(fd)) done = real(fd);
    } else {
        event();
        syncs++;
        if (fail_first && syncs >= fail_first && syncs <= fail_last) {
            if (syncs == fail_first) say("a sync failed\n");
            settle(file, DOOMED);
            errno = EIO;
            done = -1;
        } else {
            settle(file, SYNCED);
        }
    }
    pthread_mutex_unlock(&mutex);
    return done;
}

static ssize_t write_parts(int fd, const struct iovec *parts, int count, off_t at, int moves) {
    ssize_t sum = 0;
    for (int i = 0; i < count; i++) {
        ssize_t written = write_at(fd, parts[i].iov_base, parts[i].iov_len, at + sum, moves);
        if (written < 0) return sum ? sum : -1;
        sum += written;
        if ((size_t)written < parts[i].iov_len) break;
    }
    return sum;
}

static int is_watched(int fd) {
    pthread_mutex_lock(&mutex);
    int watching = watched(fd) != NULL;
    pthread_mutex_unlock(&mutex);
    return watching;
}

ssize_t write(int fd, const void *bytes, size_t length) { return write_at(fd, bytes, length, 0, 1); }
ssize_t pwrite(int fd, const void *bytes, size_t length, off_t at) { return write_at(fd, bytes, length, at, 0); }
ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t at) { return write_at(fd, bytes, length, at, 0); }
ssize_t writev(int fd, const struct iovec *parts, int count) {
    return is_watched(fd) ? write_parts(fd, parts, count, 0, 1) : real_writev(fd, parts, count);
}
ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t at) {
    return is_watched(fd) ? write_parts(fd, parts, count, at, 0) : real_pwritev(fd, parts, count, at);
}
ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t at) { return pwritev(fd, parts, count, at); }
int ftruncate(int fd, off_t to) { return cut(fd, to); }
int ftruncate64(int fd, off64_t to) { return cut(fd, to); }
int fsync(int fd) { return sync_one(fd, real_fsync); }
int fdatasync(int fd) { return sync_one(fd, real_fdatasync); }
int posix_fallocate(int fd, off_t at, off_t length) {
    if (is_watched(fd)) return EOPNOTSUPP;
    return real_posix_fallocate(fd, at, length);
}
int posix_fallocate64(int fd, off64_t at, off64_t length) { return posix_fallocate(fd, at, length); }
