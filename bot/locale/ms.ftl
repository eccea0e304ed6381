# Apa yang bot katakan dalam bahasa Melayu. Setiap katalog mempunyai kunci dan pemboleh ubah yang sama.
# Petikan, tajuk dan nama kekal seperti dalam sumbernya.

## Pengenalan

short-description = Tanya tentang rundingan perdagangan AS-China; jawapannya petikan kata demi kata daripada sumber.
description = Menjawab soalan tentang rundingan perdagangan AS-China dengan petikan kata demi kata daripada sumbernya, setiap satu dengan tajuk, penerbit dan tarikh.
welcome =
    Saya menjawab soalan tentang rundingan perdagangan AS-China dengan petikan daripada sumber saya: kata demi kata, dengan tajuk, penerbit dan tarikh. Saya tidak pernah mengarang jawapan sendiri, dan jika sumber tidak menyebutnya, saya akan berterus terang.

    Hantar soalan, atau cuba salah satu di bawah. Butang selepasnya menunjukkan apa lagi yang ada: yang terbaharu, kata-kata tepat, pemberitahuan apabila jawapan ditemui, kumpulan dan sembang lain, dan apa yang disimpan tentang anda.
help-head = Hantar soalan sebagai mesej, buat masa ini dalam bahasa Inggeris.
help =
    Sebut siapa, apa atau bila. Selepas mendapat jawapan, anda boleh menyambung: “And what did he say about soybeans?” Balas jawapan lama untuk menyambung dari situ; sunting soalan dan jawapannya turut berubah.

    Setiap balasan memetik hingga tiga bahagian kata demi kata, dengan kata yang menjawab dalam huruf tebal; baris di bawahnya menamakan sumber, dan nombornya ialah pautan ke petikan itu.

    ▲ ▼ menunjukkan ayat sebelum dan selepas petikan · 📋 menyalin rujukannya · 🔗 membuka sumbernya · 👍 👎 memberitahu saya mutu jawapan

    /quote "exact words" mencari kata-kata tepat dalam sumber
    /latest soybeans menunjukkan yang terbaharu tentang sesuatu topik
    /sources menyenaraikan semua yang saya baca
    /watches menyenaraikan soalan yang akan saya beritahu apabila ada jawapannya
    /language menukar bahasa yang saya gunakan

    “{ no-answer }” bermakna tiada bahagian yang cukup hampir.

    /start menunjukkan soalan untuk dicuba, /about siapa yang mengendalikan bot ini, /privacy apa yang disimpan.
about =
    Bot ini dikendalikan oleh { $operator }.

    Koleksinya mengandungi { $count } dokumen{ $newest ->
        [none] {""}
       *[other] , yang terbaharu bertarikh { $newest }
    }: lihat /sources. Setiap petikan dibaca daripada dokumen yang disimpan dan disemak dengannya sebelum dihantar.

    Soalan dan balasan disimpan untuk menilai mutu jawapan; penanya hanya direkodkan dengan nama samaran. Lihat /privacy.
about-nobody = seseorang yang tidak memberikan nama

## Menu perintah

command-ask = Tanya soalan; mesej biasa pun boleh
command-latest = Sumber terbaharu, atau tentang sesuatu topik
command-quote = Cari kata-kata tepat dalam sumber
command-sources = Semua sumber, yang terbaharu dahulu
command-privacy = Apa yang disimpan, dan bolehkah digunakan
command-mydata = Semua yang disimpan tentang anda, sebagai fail
command-forget = Padam semua yang disimpan tentang anda
command-start = Apakah bot ini, dengan soalan untuk dicuba
command-help = Cara bertanya
command-about = Siapa yang mengendalikan bot ini

## Balasan

as-reported = (seperti dilaporkan)
carried = ↳ dengan: { $words }
carried-quote = ↳ dan petikan tadi: { $words }
further = Bahagian lain, kurang berkaitan dengan soalan
earlier-version = Daripada versi terdahulu dokumen ini.
no-answer = Koleksi ini tidak menyebutnya.
corpus-empty = Koleksi ini masih kosong: belum ada dokumen ditambah.
corpus-undated = Tiada dokumen bertarikh di dalamnya.
corpus-newest = Dokumen terbaharunya bertarikh { $when }.
foreign = Buat masa ini saya hanya dapat menjawab soalan dalam bahasa Inggeris.
foreign-how = Sumber saya dalam bahasa Inggeris: sila tanya soalan ini dalam bahasa Inggeris. Nama, tempat dan angka paling membantu.
not-an-answer = Bukan jawapan, hanya bahagian yang paling hampir:
repeated = ↻ Dihantar semula: salinan pertama mungkin tidak sampai.

## Rujukan

cited = { $publisher }, { $date }
no-publisher = penerbit tidak dinamakan
undated = tidak bertarikh
dated-ago = { $date }, { $age }
today = hari ini
yesterday = semalam
brief = ringkasan, disusun daripada
brief-dated = ringkasan, { $date }
origin = { $publisher } ({ $date })
and-more = dan { $count } lagi
also-in = juga dalam { $names }
cited-speaker = { $speaker }, dalam

## Sumber

sources = Sumber
sources-count =
    { $count ->
       *[other] { $count } dokumen, yang terbaharu dahulu
    }
sources-empty = Koleksi ini masih kosong.
newest = Sumber terbaharu
newest-on = Terbaharu tentang “{ $topic }”
newest-none = Tiada apa-apa tentang “{ $topic }”: tiada sumber mengandungi kata-kata ini.
exact-head =
    { $count ->
        [1] 1 dokumen mengandungi kata-kata ini:
       *[other] { $count } dokumen mengandungi kata-kata ini, yang terbaharu dahulu:
    }
exact-none = Tiada sumber mengandungi kata-kata “{ $words }”.
exact-how = Tulis kata-katanya, contohnya: /quote "off the table"
link-lost = Saya tiada teks yang dipetik pautan ini, atau tidak lagi. Tanya sahaja saya tentangnya.

## Soalan

ask-what = Apa yang anda ingin tahu? Hantar sahaja soalannya.
text-only = Saya hanya membaca soalan dalam bentuk teks. /help menerangkan cara bertanya.
too-many =
    { $seconds ->
       *[other] Banyak soalan sekali gus. Sila tunggu { $seconds } saat, kemudian tanya yang ini sekali lagi.
    }
failed = Ada masalah di pihak saya, bukan pada soalan anda. Sila tanya lagi; ralatnya { $id }.
breaks = Mesej ini menyebabkan ralat di pihak saya. Sila tanya dengan cara lain.

## Butang

before = Sebelum
after = Selepas
quote-only = Petikan sahaja
copy = Salin
source = Sumber
share = Kongsi
more-quotes = Lagi petikan
back = Kembali
more = Lagi
newer = Lebih baharu
older = Lebih lama
nothing-more = Tiada lagi untuk ditunjukkan di sini.
button-old = Butang ini daripada versi lama bot. Tanya sekali lagi, dan balasan baharu mempunyai butang yang berfungsi.
text-gone = Saya tidak lagi menyimpan teks ini, jadi ayat di sekelilingnya tidak dapat ditunjukkan.
question-gone = Saya tidak lagi menyimpan soalan itu. Sila hantar semula.
try-later = Tidak berjaya sebentar tadi. Sila cuba lagi dalam seminit.

## 👍 dan 👎

thanks = Terima kasih!
what-is-wrong = Terima kasih. Apa yang tidak kena?
reason-wrong-quote = Petikan salah
reason-wrong-speaker = Penutur salah
reason-out-of-date = Sudah lapuk
reason-should-have-answered = Sepatutnya dijawab
reason-should-not-have-answered = Tidak sepatutnya dijawab
reason-other = Lain-lain
noted = Dicatat: { $reason }
add-sentence = Sudah dicatat. Untuk menambah ayat tentang jawapan yang betul, balas mesej ini.
sentence-kept = Terima kasih. Ayat anda disimpan bersama 👎 anda.

## Tentang diri

privacy-head = Apa yang disimpan
privacy =
    Soalan anda dan balasan saya, untuk menilai mutu jawapan. Penanya hanya direkodkan dengan nama samaran: cincangan berkunci. Nama dan nombor Telegram anda tidak disimpan.

    Untuk memberitahu anda kemudian, pemberitahuan (🔔) menyimpan nombor sembang yang akan dihubungi, sehingga anda diberitahu, anda membuangnya dalam /watches, anda menyekat saya, atau selepas { $days } hari.

    /mydata menghantar semuanya kepada anda, /forget memadamnya.
consent = Soalan saya boleh digunakan untuk menambah baik bot ini:
yes = ya
no = tidak
consent-give = Ya, gunakan soalan saya
consent-take = Matikan
consent-taken = Sudah dimatikan.
mydata = Semua yang disimpan tentang anda. /forget memadamnya, /privacy menerangkannya.
forget-sure = Padam soalan anda berserta balasannya, 👍 dan 👎 anda, pemberitahuan dan bahasa anda, serta pilihan anda dalam /privacy? Tindakan ini tidak boleh dibatalkan. Mesej dalam sembang ini kekal sehingga anda memadamnya.
forget-yes = Padam semua
forget-no = Simpan
forgotten =
    { $questions ->
       *[other] Dipadam: { $questions } soalan berserta balasannya
    }, { $feedback } daripada 👍 dan 👎. Tiada apa-apa tentang anda disimpan sekarang.
not-forgotten = Disimpan. Tiada yang dipadam.

## Kumpulan

command-settings = Bahasa saya di sini, dan sama ada balasan ialah soalan
group-hello = Helo! Saya menjawab soalan tentang rundingan perdagangan AS-China dengan petikan daripada sumber saya: kata demi kata, dengan tajuk, penerbit dan tarikh.
group-privacy = Tanya dengan /ask, atau balas salah satu jawapan saya. Perbualan lain tidak sampai kepada saya: mod privasi Telegram dihidupkan. Mod itu mungkin turut menahan { $name } daripada saya; pentadbir boleh mengubahnya dengan menjadikan saya pentadbir.
group-reads = Tanya dengan /ask, sebut nama saya ({ $name }), atau balas salah satu jawapan saya. Perbualan lain tidak saya jawab dan tidak saya simpan.
group-settings = /settings untuk pentadbir: bahasa saya, dan sama ada balasan kepada saya ialah soalan. Apabila saya dikeluarkan, semua yang ditanya di sini dipadam.
settings = Tetapan kumpulan ini
settings-language = Bahasa: { $language }
settings-own = bahasa penanya sendiri
settings-replies = Balasan kepada mesej saya ialah soalan kepada saya.
settings-mention = Balasan kepada mesej saya bukan soalan kepada saya: hanya /ask dan nama saya.
settings-named = Jawab hanya apabila disebut
settings-who = Hanya pentadbir boleh mengubahnya.
in-private = Itu antara kita berdua sahaja: hantar kepada saya dalam sembang peribadi.
private-chat = Buka sembang peribadi

## Di tempat lain

help-elsewhere = Dalam kumpulan saya menjawab /ask. Dalam mana-mana sembang, taip { $name } dan soalan, lalu pilih petikan untuk dihantar.
add-to-group = ➕ Tambah saya ke kumpulan
try-inline = 💬 Guna saya dalam mana-mana sembang
in-context = Lihat konteks
inline-start = Tanya saya dalam sembang peribadi
inline-wait = Sila tunggu { $seconds } saat

## Penyelenggara

command-status = Keadaan bot dan cara ia menjawab
command-refresh = Rancang kemas kini koleksi
status =
    Binaan { $build }
    { $count } dokumen, yang terbaharu bertarikh { $newest }
    { $refresh }

    Dalam 24 jam lalu: { $questions } soalan, { $share } dijawab; separuh balasan dalam { $half } ms, 95% dalam { $most } ms.
refresh-never = Belum pernah dikemas kini
refresh-planning = Sedang merancang kemas kini. Ini mengambil masa; belum ada apa-apa berubah.
refresh-publishing = Sedang menerbitkan rancangan itu.
refresh-stopped = Tidak berjaya: { $why }
refresh-published = Dikemas kini dan diterbitkan ({ $when })
refresh-nothing = Dikemas kini, tiada yang baharu ({ $when })
refresh-rejected = Semakan menolak satu kemas kini ({ $when })
refresh-failed = Satu kemas kini gagal ({ $when })
plan =
    Rancangan { $plan }
    baharu { $new } · berubah { $changed } · hilang { $vanished } · kekal { $unchanged }
    sumber yang gagal { $failed } · halaman ditolak { $refused } · jawapan piawai yang berubah { $answers }
plan-nothing = Tiada apa-apa untuk diterbitkan.
plan-publish = Terbitkan
alert = ⚠ { $what }
alert-errors = { $count } ralat dalam sepuluh minit lalu; lihat log.

## Lawatan di sebalik /start

open-latest = 🆕 Terbaharu
open-sources = 📚 Semua sumber
open-quote = 🔎 Kata tepat
open-watches = 🔔 Pemberitahuan
open-groups = 👥 Dalam kumpulan
open-inline = ⌨️ Di mana-mana
open-privacy = 🔒 Privasi
open-language = 🌐 Bahasa
open-help = ❓ Cara bertanya
open-about = ℹ️ Tentang bot
open-mydata = 📄 Data saya
open-forget = 🗑 Padamkan
groups-how = Tambah saya ke dalam kumpulan dan tanya di sana dengan /ask, dengan menyebut nama saya ({ $name }), atau dengan membalas salah satu jawapan saya. Selain itu saya diam sahaja.
inline-how =
    Dalam mana-mana sembang, taip { $name } dan soalan anda. Pilih salah satu petikan yang muncul, dan petikan itu dihantar bersama sumbernya.

    Atau panggil saya ke dalam sembang yang saya tidak sertai: tulis { $name } dan soalan di sana, dan saya menjawab di situ juga jika dibenarkan Telegram.

## Pemberitahuan

command-watches = Apa yang anda tunggu jawapannya
follow-answer = 🔔 Beritahu saya apabila ada jawapannya
follow-fix = 🔔 Beritahu saya jika dibetulkan
follow-stop = ✓ Anda akan diberitahu · Henti
follow-begun = Saya akan memberitahu anda sekali, di sini, sebaik sahaja ada sesuatu. /watches menyenaraikan apa yang anda tunggu.
follow-ended = Baik, anda tidak akan diberitahu tentang yang ini.
watches = Apa yang anda tunggu
watches-how = Jika saya tidak dapat menjawab, atau 👎 anda memang wajar, ketik 🔔 di bawah balasan: anda diberitahu sekali apabila sumber baharu mengubahnya. Paling banyak { $count } pemberitahuan; setiap satu tamat sendiri selepas { $days } hari.
watches-full = Anda sudah ada { $count } pemberitahuan, dan tidak boleh ditambah lagi. Buang satu dalam /watches dahulu.
watch-answer = jawapan, sejak { $date }
watch-fix = jawapan yang lebih baik, sejak { $date }
news-covered = 🔔 Koleksi kini ada jawapannya: “{ $question }”
news-fixed = 🔔 👎 anda telah dibetulkan. Jawapan baharu untuk “{ $question }”
news-withdrawn = 🔔 👎 anda telah dibetulkan. Bagi “{ $question }”, kini saya menjawab: koleksi ini tidak menyebutnya.

## Bahasa

command-language = Bahasa yang saya gunakan
language-which = Bahasa mana yang patut saya gunakan? Petikan sentiasa kekal dalam bahasa sumbernya.
language-own = Seperti Telegram saya
language-changed = Sudah.
