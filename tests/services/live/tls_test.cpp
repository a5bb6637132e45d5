// The live host behind a certificate.
#include <gtest/gtest.h>
#include <httplib.h>

#include <csignal>

#include "system/base/errors.hpp"
#include "tests/services/live/certificate.hpp"
#include "tests/services/live/running_host.hpp"

namespace matinee::live {

class TlsTest : public testing::Test {
protected:
    static Config config() {
        Config made = RunningHost::cheap();
        std::filesystem::create_directories(made.data);
        made.tls_certificate = made.data + "/chain.pem";
        made.tls_key = made.data + "/key.pem";
        write_certificate("first.example", made.tls_certificate, made.tls_key);
        return made;
    }
    static std::string look(uint16_t port, int version = TLS1_3_VERSION) {
        return tls_exchange(port, "GET /livez HTTP/1.1\r\nHost: h\r\n\r\n", version);
    }
};

TEST_F(TlsTest, SpeaksTls13AndNothingElse) {
    RunningHost running(config());
    EXPECT_EQ(look(running.port()), "TLSv1.3 first.example: HTTP/1.1 200");
    EXPECT_EQ(look(running.port(), TLS1_2_VERSION), "refused");
    const Socket plain(running.port());
    plain.send("GET /livez HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(plain.read_all().find("HTTP/"), std::string::npos);
    httplib::SSLClient client("127.0.0.1", running.port());
    client.enable_server_certificate_verification(false);
    client.set_keep_alive(true);
    for (int i = 0; i < 20; ++i) {
        const auto answer = client.Get("/api/v1/openapi.json");
        ASSERT_TRUE(answer);
        EXPECT_EQ(answer->status, 200);
        EXPECT_GT(answer->body.size(), 5'000u);
    }
}

TEST_F(TlsTest, TakesNewCertificatesWithoutARestart) {
    const Config made = config();
    RunningHost running(made);
    EXPECT_EQ(look(running.port()), "TLSv1.3 first.example: HTTP/1.1 200");
    const auto shows_within = [&](const std::string& name, int seconds) {
        for (int i = 0; i < seconds * 20; ++i) {
            if (look(running.port()).find(name) != std::string::npos) return true;
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
        }
        return false;
    };
    write_certificate("second.example", made.tls_certificate, made.tls_key);
    std::raise(SIGHUP);
    EXPECT_TRUE(shows_within("second.example", 5)) << running.log();
    std::ofstream(made.tls_certificate) << "no certificate\n";
    std::raise(SIGHUP);
    for (int i = 0; i < 100 && running.log().find("the old one stays") == std::string::npos; ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    EXPECT_NE(running.log().find("the old one stays"), std::string::npos);
    EXPECT_TRUE(shows_within("second.example", 1));
    write_certificate("third.example", made.tls_certificate, made.tls_key);
    EXPECT_TRUE(shows_within("third.example", 8)) << "it looks at the files by itself";
}

TEST_F(TlsTest, SaysWhatIsWrongWithTheFiles) {
    const auto refusal = [](const Config& made) -> std::string {
        try {
            LiveHost(made, [](const std::string&) {});
        } catch (const MachineError& error) {
            return error.what();
        }
        return "";
    };
    Config made = config();
    EXPECT_EQ(refusal(made), "");
    write_certificate("other.example", made.data + "/other.pem", made.tls_key);
    EXPECT_NE(refusal(made).find("TLS: the key"), std::string::npos) << refusal(made);
    made.tls_certificate += ".missing";
    EXPECT_NE(refusal(made).find("TLS: the certificate"), std::string::npos);
    std::filesystem::remove_all(made.data);
}

}  // namespace matinee::live
